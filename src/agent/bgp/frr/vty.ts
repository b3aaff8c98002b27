/**
 * Speaks to one daemon of FRR as its own shell does: over the daemon's Unix socket, a command at a time, each answered with text and a status
 * (`vtysh` in https://github.com/FRRouting/frr, lib/vty.c). Needs no program, and shows a password to nobody.
 */
import { connect } from "node:net";

export interface Vty {
  /** The answer to one line. Commands may be sent without waiting; they are done in order. */
  run(command: string): Promise<Answer>;
  close(): void;
}

export interface Answer {
  /** Whether the daemon took the command. */
  readonly ok: boolean;
  readonly text: string;
}

export interface VtyOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long one answer may take. Default: 10 s. */
  readonly timeoutMs?: number;
}

/** CMD_SUCCESS and CMD_ERR_NOTHING_TODO. */
const taken = new Set([0, 6]);

/** Three zero bytes end an answer; the status is after them. */
const ENDING = Buffer.alloc(3);

/** @throws the socket's error: `ENOENT` or `ECONNREFUSED` where the daemon does not run, `EACCES` where it may not be spoken to. */
export async function openVty(path: string, { signal, timeoutMs = 10_000 }: VtyOptions = {}): Promise<Vty> {
  signal?.throwIfAborted();
  const waiting: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  let received: Buffer = Buffer.alloc(0);
  let failure: Error | undefined;
  const socket = connect({ path, ...(signal === undefined ? {} : { signal }) });
  const { promise: opened, resolve: open, reject: refuse } = Promise.withResolvers<void>();
  const fail = (error: Error) => {
    failure ??= error;
    refuse(failure);
    for (const each of waiting.splice(0)) each.reject(failure);
    socket.destroy();
  };
  socket.on("connect", open);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`${path} was closed by the daemon`)));
  socket.setTimeout(timeoutMs, () => {
    if (waiting.length > 0) fail(new Error(`${path} has not answered for ${timeoutMs / 1000} s`));
  });
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    for (;;) {
      const end = received.indexOf(ENDING);
      const status = end === -1 ? undefined : received[end + ENDING.length];
      if (status === undefined) return;
      const text = received.toString("utf8", 0, end);
      received = received.subarray(end + ENDING.length + 1);
      waiting.shift()?.resolve({ ok: taken.has(status), text });
    }
  });
  await opened;
  return {
    run(command) {
      // A line break would make two commands of one; the zero byte ends a command.
      if (/[\0\r\n]/.test(command)) return Promise.reject(new Error("A command for FRR is one line"));
      if (failure !== undefined) return Promise.reject(failure);
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      waiting.push({ resolve, reject });
      socket.write(`${command}\0`);
      return promise;
    },
    close() {
      failure ??= new Error(`${path} is closed`);
      for (const each of waiting.splice(0)) each.reject(failure);
      socket.destroy();
    },
  };
}
