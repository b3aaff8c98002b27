/** The HTTP server before moto: records calls, plays faults, and answers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Faults } from "./faults.ts";
import type { HttpMessage } from "./moto/client.ts";
import { type Incoming, perform, refusal } from "./perform.ts";
import type { RateLimiter } from "./rate-limits.ts";
import type { World } from "./state.ts";
import type { AwsCall, AwsOptions, CallPhase, Fault } from "./types.ts";
import { AwsError } from "./wire/aws-error.ts";
import { readRequest } from "./wire/request.ts";

export interface ProxyParts {
  readonly world: World;
  readonly calls: AwsCall[];
  readonly faults: Faults;
  readonly rates: RateLimiter;
  readonly onCall: AwsOptions["onCall"];
}

export interface Proxy {
  readonly endpoint: string;
  stop(): Promise<void>;
}

type Record = { -readonly [Key in keyof AwsCall]: AwsCall[Key] };

/** What becomes of a call: an answer, or no answer at all. */
type Outcome = { readonly do: "answer"; readonly message: HttpMessage } | { readonly do: "cut" | "hang" };

export async function startProxy(port: number, parts: ProxyParts): Promise<Proxy> {
  const inTurn = oneAtATime();
  const server = createServer((request, response) => {
    answer(request, response, parts, inTurn).catch((error: unknown) => {
      // A fault of the simulator itself: told aloud, and not as an error of AWS that a client would try again.
      console.error("The simulator of AWS failed:", error);
      response.destroy();
    });
  });
  // Clients keep connections longer than Node's 5 s: one that is closed as a request comes on it would look like lost answers.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ProxyParts,
  inTurn: InTurn,
): Promise<void> {
  const parsed = await incomingOf(request);
  if (parsed instanceof AwsError) return send(response, refusal("", parsed));
  const call = recordOf(parsed);
  parts.calls.push(call);
  const outcome = await outcomeOf(parsed, call, parts, inTurn);
  if (outcome.do === "cut") response.destroy();
  if (outcome.do !== "answer") return;
  call.status = outcome.message.status;
  const code = errorCodeOf(outcome.message);
  if (code !== undefined) call.errorCode = code;
  send(response, outcome.message);
}

async function outcomeOf(
  incoming: Incoming,
  call: Record,
  parts: ProxyParts,
  inTurn: InTurn,
): Promise<Outcome> {
  const early = await interfere(call, "before", parts);
  if (early !== undefined) return early;
  const message = await answered(incoming, call, parts, inTurn);
  return (await interfere(call, "after", parts)) ?? { do: "answer", message };
}

/** Calls are worked on one after the other: what one reads, no other changes meanwhile. */
async function answered(
  incoming: Incoming,
  call: AwsCall,
  parts: ProxyParts,
  inTurn: InTurn,
): Promise<HttpMessage> {
  try {
    parts.rates.take(call.service, parts.world.behaviour().rateLimits[call.service]);
  } catch (error) {
    if (error instanceof AwsError) return refusal(call.service, error);
    throw error;
  }
  return inTurn(() => perform(parts.world, incoming));
}

async function interfere(call: Record, phase: CallPhase, parts: ProxyParts): Promise<Outcome | undefined> {
  const asked = await askedFor(call, phase, parts.onCall);
  const fault = asked ?? parts.faults.take(call, phase);
  if (fault === undefined) return undefined;
  call.faulted = true;
  return played(fault, call.service);
}

async function askedFor(
  call: AwsCall,
  phase: CallPhase,
  onCall: AwsOptions["onCall"],
): Promise<Fault | undefined> {
  try {
    return (await onCall?.(call, phase)) ?? undefined;
  } catch {
    return "cut";
  }
}

function played(fault: Fault, service: string): Outcome {
  if (fault === "cut" || fault === "hang") return { do: fault };
  if (fault === "503") return { do: "answer", message: unavailable };
  const { code, status = 400, message = "A fault that the test asked for" } = fault;
  return { do: "answer", message: refusal(service, new AwsError(code, message, status)) };
}

const unavailable: HttpMessage = {
  status: 503,
  headers: { "content-type": "text/html" },
  body: Buffer.from("<html><body><b>Http/1.1 Service Unavailable</b></body></html>"),
};

async function incomingOf(request: IncomingMessage): Promise<Incoming | AwsError> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  try {
    return {
      request: readRequest(request.headers, body),
      path: request.url ?? "/",
      headers: Object.fromEntries(headers.filter(([name]) => name !== "host" && name !== "connection")),
      body,
    };
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

function recordOf({ request: { service, operation, parameters } }: Incoming): Record {
  return { service, operation, parameters, isWrite: !/^(Describe|Get|List)/.test(operation), status: 0 };
}

function errorCodeOf({ status, body }: HttpMessage): string | undefined {
  if (status < 400) return undefined;
  const text = body.toString();
  return (
    /<Code>(?<code>[^<]+)</.exec(text)?.groups?.code ??
    /"__type":\s*"(?<code>[^"]+)"/.exec(text)?.groups?.code
  );
}

function send(response: ServerResponse, { status, headers, body }: HttpMessage): void {
  response.writeHead(status, headers).end(body);
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

function oneAtATime(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
