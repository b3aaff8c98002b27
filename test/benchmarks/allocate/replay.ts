/** The floor: the very requests of a controller, made again by bare HTTP in their order, with their bodies and as many at once. */
import { Agent, request as httpsRequest } from "node:https";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { CONTROLLER } from "../../integration/support/installation.ts";
import type { RecordedRequest } from "./recording.ts";
import { NAMESPACE } from "./world.ts";

export interface ReplayOptions {
  readonly requests: readonly RecordedRequest[];
  readonly controlPlane: ControlPlaneAccess;
  readonly concurrency: number;
  /** Says what a UID of the recorded world is called in this one. UIDs made on the way are found out here. */
  readonly uids: ReadonlyMap<string, string>;
  /** To be awaited before anything about this Service is sent. */
  readonly exists?: (service: string) => Promise<unknown> | undefined;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Resolves when the last answer is there. A request waits for the one before it about the same Service, as the controller did. */
export async function replay({
  requests,
  controlPlane,
  concurrency,
  uids,
  exists,
}: ReplayOptions): Promise<void> {
  const bare = await bareClient(controlPlane, concurrency);
  const made = new Map<string, string>();
  const before = new Map<string, Promise<unknown>>();
  const ordered = [...requests].sort((a, b) => a.startedMs - b.startedMs);
  const recordedUids = uidsOfCreated(ordered);
  let next = 0;
  const worker = async () => {
    for (;;) {
      const request = ordered[next++];
      if (request === undefined) return;
      const subject = subjectOf(request);
      const earlier = before.get(subject) ?? exists?.(subject);
      const sent = (async () => {
        await earlier;
        const body = request.body
          ?.replace(UUID, (uid) => made.get(uid) ?? uids.get(uid) ?? uid)
          // A version of the recorded world; here it would be a conflict.
          .replace(/"resourceVersion":"\d+",|,"resourceVersion":"\d+"/, "");
        const answer = await bare.send(request.method, request.path, request.contentType, body);
        const recorded = recordedUids.get(request);
        if (recorded !== undefined) made.set(recorded, uidIn(answer));
      })();
      before.set(subject, sent);
      await sent;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  bare.close();
}

/** Which Service a request is about, by the name that all objects of one Service have in this benchmark. */
function subjectOf({ path, body }: RecordedRequest): string {
  return /svc-\d{6}/.exec(path)?.[0] ?? /svc-\d{6}/.exec(body ?? "")?.[0] ?? path;
}

/** What a creation was answered with is not recorded: the UID is the one that the next request about the object carries. */
function uidsOfCreated(ordered: readonly RecordedRequest[]): Map<RecordedRequest, string> {
  const creations = new Map<string, RecordedRequest>();
  const found = new Map<RecordedRequest, string>();
  for (const request of ordered) {
    const subject = subjectOf(request);
    if (request.method === "POST" && request.path.includes("/loadbalancers")) creations.set(subject, request);
    const creation = creations.get(subject);
    if (
      creation === undefined ||
      !request.path.includes(`/namespaces/${NAMESPACE}/loadbalancers/${subject}/status`)
    )
      continue;
    const { metadata } = JSON.parse(request.body ?? "{}") as { metadata?: { uid?: string } };
    if (metadata?.uid !== undefined) found.set(creation, metadata.uid);
  }
  return found;
}

function uidIn(answer: string): string {
  return (JSON.parse(answer) as { metadata: { uid: string } }).metadata.uid;
}

export interface BareClient {
  send(
    method: string,
    path: string,
    contentType: string | undefined,
    body: string | undefined,
  ): Promise<string>;
  close(): void;
}

/** As the controller, whom alone the policies let write LoadBalancers of Services. */
export async function bareClient(controlPlane: ControlPlaneAccess, connections: number): Promise<BareClient> {
  const { server, caPem } = controlPlane;
  const login = await (await controlPlane.connection(CONTROLLER)).credentials();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(server);
  return {
    send: (method, path, contentType, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          ...login.headers,
          "content-type": contentType ?? "application/json",
          "content-length": Buffer.byteLength(body ?? ""),
        };
        const sent = httpsRequest({ hostname, port, method, path, headers, agent, ca: caPem }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            if ((answer.statusCode ?? 500) < 300) resolve(text);
            else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
          });
        });
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
