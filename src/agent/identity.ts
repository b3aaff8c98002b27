/** Who this agent is in its cluster: its Node, its `Announcer`, and the cluster's own mark. Waited for as long as it takes. */
import type { AnnouncerStatus } from "../api/announcer.ts";
import { type Node, namespaces } from "../api/kubernetes.ts";
import type { Informer } from "../runtime/cache/informer.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import { isForbidden } from "../runtime/kube/api-error.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import { type AnnouncerOwner, type Begun, begin } from "./announcer/begin.ts";

export interface IdentityOptions {
  readonly client: KubeClient;
  readonly node: string;
  readonly nodes: Informer<Node>;
  readonly status: (incarnation: number, before: AnnouncerStatus | undefined) => AnnouncerStatus;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface AgentIdentity extends Begun {
  /** UID of the namespace kube-system. */
  readonly cluster: string;
  readonly owner: AnnouncerOwner;
}

const firstRetryMs = 500;
const longestRetryMs = 10_000;
/** What lasts is said again, so that it stands at the end of the log where people look. */
const sayAgainMs = 60_000;

/** @throws the signal's reason. */
export async function findIdentity(o: IdentityOptions, signal: AbortSignal): Promise<AgentIdentity> {
  const { client, node, nodes, logger, clock } = o;
  const cluster = await untilDone("read the namespace kube-system", async () => {
    const found = await client.get(namespaces, { name: "kube-system" }, { signal });
    return found.metadata.uid ?? "";
  });
  const uid = await untilDone(`find Node ${node}`, async () => {
    const found = nodes.get(node)?.metadata.uid;
    if (found !== undefined) return found;
    throw new Error(
      `the cluster has no Node of that name; --node-name (FAIRLEAD_NODE_NAME) must be the name under which the kubelet of this machine has registered, as kubectl get nodes shows it`,
    );
  });
  const owner = { name: node, uid };
  const begun = await untilDone(`write Announcer ${node}`, () =>
    begin({ client, node: owner, status: o.status, nowMs: clock.now(), signal }),
  );
  return { ...begun, cluster, owner };

  async function untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    let pauseMs = firstRetryMs;
    let said = "";
    let saidAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const text = String(error);
        if (text !== said || clock.monotonic() - saidAt >= sayAgainMs) {
          const advice = isForbidden(error)
            ? "kubectl apply -f deploy/agent.yaml gives the agents their roles; the token must be bound to a pod on this node, or to its Node (docs/bare-metal.md)"
            : undefined;
          logger.error(`Cannot ${what}; trying again`, { error, advice });
          said = text;
          saidAt = clock.monotonic();
        }
      }
      await sleep(pauseMs, { signal, clock });
      pauseMs = Math.min(longestRetryMs, 2 * pauseMs);
    }
  }
}
