/**
 * Bare metal, out of network namespaces: three nodes with real kube-proxies and agents, a switch, clients. A page is fetched through an
 * address, the agent that announces it is killed, and the page is fetched again: `npm run demo:bare-metal [-- --once]`. Needs root. With
 * --once it ends by itself, with code 0 only if all went as expected.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Agents, agentsOf } from "../test/lab/support/agents.ts";
import { ask, fetchPages } from "../test/lab/support/clients.ts";
import { type Lab, startLab } from "../test/lab/support/lab.ts";
import { setBehind } from "../test/lab/support/objects.ts";
import { now } from "../test/lab/support/programs/now.ts";
import { until } from "../test/lab/support/until.ts";
import { argumentsOf, refuseArguments } from "./arguments/arguments-of.ts";
import { applyFile } from "./quickstart/apply.ts";
import { buildIfStale, command, root, runCommand } from "./quickstart/built-command.ts";

const usage = `npm run demo:bare-metal [-- --once]: an address on plain metal, and the agent that announces it killed (needs root)

  --once   end by itself, with code 0 only if all went as expected`;
const values = argumentsOf(usage, { once: { type: "boolean", default: false } });
if (process.getuid?.() !== 0) refuseArguments("Network namespaces need root", usage);

const examples = "examples/bare-metal";
const service = { namespace: "shop", name: "web" };
/** More than this, and the take-over was not what it is to be. A page that is asked for 20 times a second also waits for its turn. */
const longestGapMs = 2_000;

const tell = (line: string) => process.stdout.write(`${line}\n`);
const step = (line: string) => tell(`\n== ${line}`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());

try {
  buildIfStale(tell);
  step("Three nodes with kube-proxy, a switch, clients, and a control plane that only the nodes reach");
  await using lab = await startLab({ program: join(root, command), pool: false, log: tell, signal });
  const hosts = ["node1", "node2", "node3", "warm", "cold", "backend"].map((host) => lab.namespaceOf(host));
  tell(`Each is a network namespace: ${hosts.join(", ")}.`);
  await Promise.race([show(lab), interrupted()]);
} catch (error) {
  if (!signal.aborted) {
    tell(`\nThe demo failed: ${Error.isError(error) ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
if (signal.aborted) tell("\nStopped. Nothing was left behind.");

async function show(lab: Lab): Promise<void> {
  const { client } = lab.cluster;
  step("An agent on each node");
  const agents = await agentsOf(lab);
  await Promise.all(lab.nodes.map((node) => agents.start(node)));
  await agents.ready();
  tell(`$ fairlead agent --node-name node1 --kubeconfig … --heartbeat-key-file …   # and so on, ready`);

  step(`The manifests of ${examples}`);
  for (const file of (await readdir(join(root, examples))).sort())
    await applyFile(client, join(root, examples, file), {
      signal,
      applied: (object) => tell(`applied ${object}`),
    });
  // There is no kubelet here, and no controller manager: what they would write of the pods is written by hand.
  await setBehind(client, service, { at: "switch" });
  const addresses = await lab.cluster.served(service);
  tell(`shop/web has ${addresses.join(" and ")}.`);

  step("Who announces what");
  const asking = await ask(lab, addresses);
  for (const address of addresses) await asking.settled(address);
  await asking.stop();
  await tellAnnouncements(lab);

  for (const address of addresses) await killAndFetch(lab, agents, address);
  step("Afterwards");
  await agents.ready();
  await tellAnnouncements(lab);
  if (values.once) return;
  next(lab, addresses);
  await interrupted();
}

async function tellAnnouncements({ controlPlane }: Lab): Promise<void> {
  tell("$ fairlead announcements");
  tell(await runCommand(["announcements", "--kubeconfig", controlPlane.kubeconfigPath]));
}

/** A client that forgets where the address is before every request: it notices any gap. */
async function killAndFetch(lab: Lab, agents: Agents, address: string): Promise<void> {
  step(`A page through ${address}, 20 times a second, while the announcing agent is killed`);
  const cold = await fetchPages(lab, "cold", address);
  const asking = await ask(lab, [address]);
  const holder = await asking.settled(address, { ms: 1_000 });
  const node = lab.nodes.find(({ name }) => name === holder);
  if (node === undefined) throw new Error(`${address} is answered by ${holder}, which is no node`);
  tell(`${holder} answers. The page says: ${(await cold.fetched()).at(-1)?.answer}`);
  const from = now();
  await agents.kill(node);
  tell(`kill -9 of the agent of ${holder}`);
  const other = await asking.settled(address, { by: (name) => name !== holder });
  const page = await until("the page comes again", async () => {
    const first = (await cold.fetched()).find(({ at, answer }) => at > from + 50 && answer !== undefined);
    if (first === undefined) throw new Error("it does not");
    return first;
  });
  const { gapMs, failed } = await cold.seen({ from: from - 500, to: now() - 250 });
  await Promise.all([cold.stop(), asking.stop()]);
  tell(`${other} answers. The page says: ${page.answer}`);
  tell(`The longest time without a page was ${seconds(gapMs)}; ${failed} requests were lost.`);
  if (gapMs > longestGapMs) {
    tell(`That is more than ${seconds(longestGapMs)}.`);
    process.exitCode = 1;
  }
  await agents.start(node);
}

function next(lab: Lab, [address]: readonly string[]): void {
  step("To look further, in another terminal, as root");
  tell(`export KUBECONFIG=${lab.controlPlane.kubeconfigPath}`);
  tell(`ip netns exec ${lab.namespaceOf("warm")} curl http://${address}/`);
  tell(`ip netns exec ${lab.namespaceOf("warm")} arping -c 3 -I eth0 ${address}`);
  tell(`ip netns exec ${lab.namespaceOf("node1")} tcpdump -ni eth0 arp or port 7947`);
  tell(`npx fairlead explain ${service.namespace}/${service.name}`);
  tell("\nCtrl-C ends everything and removes it.");
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
