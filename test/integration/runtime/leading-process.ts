/**
 * A process that leads when it can and then writes as fast as it can through a guarded client, each time who it is.
 * Reads what it needs from its arguments as JSON; writes a line to standard output for each thing that happens to it.
 */
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import { isLeaseLost } from "../../../src/runtime/leader/lease-lost.ts";
import { createLeaderElector } from "../../../src/runtime/leader-election.ts";
import { type AccessData, accessTo } from "../../../src/testing/control-plane/access.ts";

interface Task {
  readonly access: AccessData;
  readonly namespace: string;
  readonly identity: string;
}

const { access, namespace, identity } = JSON.parse(process.argv[2] ?? "") as Task;
const configMaps = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
} as const;
const say = (what: string) => process.stdout.write(`${what}\n`);

const connection = await accessTo(access).connection();
const times = { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 300 };
const elector = createLeaderElector({
  client: createKubeClient(connection),
  namespace,
  name: "test",
  identity,
  ...times,
});
const client = createKubeClient(connection).guarded(elector.guard);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

/** Does not look at the signal that a lost lease aborts: the guard alone must stop it. */
const lead = async (): Promise<void> => {
  say("leading");
  for (let count = 0; !stop.signal.aborted; count++) {
    try {
      const data = { [identity]: String(count) };
      await client.patch(configMaps, { namespace, name: "journal" }, { data }, { type: "merge" });
    } catch (error) {
      if (!isLeaseLost(error)) throw error;
      say("refused");
      return;
    }
  }
};
while (!stop.signal.aborted) say(await elector.run({ signal: stop.signal, lead }));
process.exit(0);
