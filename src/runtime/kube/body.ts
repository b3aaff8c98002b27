/** Reads the body of an answer: whole and bounded, or line by line as a watch sends it. */

import type { IncomingMessage } from "node:http";
import { isTransportError, TransportError } from "./transport.ts";

const newline = 0x0a;

/** The whole body as text. Throws `ETOOLARGE` past `maxBytes`, `signal.reason` on abort. */
export async function readText(
  response: IncomingMessage,
  o: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, o.signal)) {
    size += chunk.length;
    if (size > o.maxBytes) throw tooLarge("the answer", o.maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

/**
 * The lines of a body as they arrive, without their newline; empty lines are left out.
 *
 * Bytes are split before they are decoded, so that a character torn between two chunks stays whole. A last line without
 * newline is dropped: it is what a broken connection leaves.
 */
export async function* readLines(
  response: IncomingMessage,
  o: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<string, void, undefined> {
  let held: Buffer[] = [];
  let heldSize = 0;
  for await (const chunk of chunksOf(response, o.signal)) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      if (heldSize + tail.length > o.maxBytes) throw tooLarge("a line of the watch", o.maxBytes);
      const line = heldSize === 0 ? tail : Buffer.concat([...held, tail]);
      held = [];
      heldSize = 0;
      start = end + 1;
      if (line.length > 0) yield line.toString("utf8");
    }
    if (start < chunk.length) {
      held.push(chunk.subarray(start));
      heldSize += chunk.length - start;
      if (heldSize > o.maxBytes) throw tooLarge("a line of the watch", o.maxBytes);
    }
  }
}

async function* chunksOf(
  response: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const onAbort = (): void => {
    response.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const chunk of response) {
      yield chunk as Buffer;
      signal?.throwIfAborted();
    }
    signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    if (!Error.isError(error) || isTransportError(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "ECONNRESET";
    throw new TransportError(code, `the connection broke while the answer was read (${error.message})`, {
      sent: true,
      cause: error,
    });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    response.destroy();
  }
}

function tooLarge(what: string, maxBytes: number): TransportError {
  return new TransportError("ETOOLARGE", `${what} is larger than ${maxBytes} bytes`, { sent: true });
}
