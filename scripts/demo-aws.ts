/**
 * Services on AWS, seen from all sides: a simulated AWS, a real control plane, the controller under its minimal role, plans, load balancers,
 * an edit, a deletion: `npm run demo:aws [-- --once]`. With --once it ends by itself, with code 0 only if all went as expected.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { nodes, services } from "../src/api/kubernetes.ts";
import { createKubeClient, type KubeClient } from "../src/runtime/kube/client.ts";
import { type ControlPlane, startControlPlane } from "../src/testing/control-plane/control-plane.ts";
import { type AwsSimulator, startAws } from "../test/simulators/aws/index.ts";
import { kubeNode } from "../test/simulators/aws/kube-node.ts";
import { arrangeNetwork, type Network } from "../test/simulators/aws/network.ts";
import { argumentsOf } from "./arguments/arguments-of.ts";
import { callLines, contentsOf } from "./demo-aws/cloud.ts";
import {
  isBeingProvisioned,
  isServed,
  namespace,
  serviceLines,
  until,
  whatIsMissing,
  writeCluster,
} from "./demo-aws/objects.ts";
import { applyFile } from "./quickstart/apply.ts";
import { buildIfStale, root, runCommand } from "./quickstart/built-command.ts";
import { type ControllerProcess, startController } from "./quickstart/controller.ts";

const values = argumentsOf(
  `npm run demo:aws [-- --once]: Services on a simulated AWS, from the plan to the deletion

  --once   end by itself, with code 0 only if all went as expected`,
  { once: { type: "boolean", default: false } },
);
const examples = "examples/aws";
/** Its Services. */
const names = ["web", "orders"];
/** In the examples; that of the simulated network takes its place. */
const exampleVpc = "vpc-0a1b2c3d4e5f60718";

const tell = (line: string) => process.stdout.write(`${line}\n`);
/** What a person would type, and perhaps why. */
const tellCommand = (command: string, why?: string) =>
  tell(`\n$ ${command}${why === undefined ? "" : `   # ${why}`}`);
const tellAll = (lines: readonly string[]) => tell(lines.map((line) => `  ${line}`.trimEnd()).join("\n"));
const step = (line: string) => tell(`\n== ${line}`);

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());

const folder = await mkdtemp(join(tmpdir(), "fairlead-demo-aws-"));
let aws: AwsSimulator | undefined;
try {
  buildIfStale(tell);
  step(
    "A simulated AWS (moto): a VPC with a public and an internal subnet in each of 3 zones, and 3 instances",
  );
  aws = await startAws({ log: tell });
  const network = await arrangeNetwork(aws, { nodes: 3 });
  tell(`${aws.endpoint}, region ${aws.region}, ${network.vpc} ${network.cidr}`);
  const env = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: "simulated",
    AWS_SECRET_ACCESS_KEY: "simulated",
  };
  // For the commands that are run here.
  Object.assign(process.env, env);
  const files = await fillIn(network);
  await planBefore(aws, network, files);

  step("A control plane: etcd, kube-apiserver and kube-controller-manager, with a Node for each instance");
  await using controlPlane = await startControlPlane({ controllerManager: true, log: tell, signal });
  const client = createKubeClient(await controlPlane.connection());
  try {
    await install(client);
    for (const node of network.nodes) await client.create(nodes, kubeNode(node), { signal });
    await using controller = await startController(controlPlane, signal, env);
    tell(`The controller runs with process id ${controller.pid} and is the leader.`);
    await show({ aws, network, files, client, controlPlane, controller });
  } finally {
    client.close();
  }
} catch (error) {
  if (!signal.aborted) {
    tell(`\nThe demo failed: ${Error.isError(error) ? error.message : String(error)}`);
    process.exitCode = 1;
  }
} finally {
  await aws?.stop();
  await rm(folder, { recursive: true, force: true });
}
if (signal.aborted) tell("\nStopped. Nothing was left behind.");

interface Stage {
  readonly aws: AwsSimulator;
  readonly network: Network;
  readonly files: readonly string[];
  readonly client: KubeClient;
  readonly controlPlane: ControlPlane;
  readonly controller: ControllerProcess;
}

async function show(stage: Stage): Promise<void> {
  try {
    await play(stage);
  } catch (error) {
    signal.throwIfAborted();
    const why = Error.isError(error) ? error.message : String(error);
    throw new Error(`${why}\nThe end of the controller's log:\n${await stage.controller.log()}`);
  }
}

/** The examples with the VPC of this network in them. */
async function fillIn({ vpc }: Network): Promise<string[]> {
  const files: string[] = [];
  await mkdir(join(folder, "aws"));
  for (const name of (await readdir(join(root, examples))).sort()) {
    if (!name.endsWith(".yaml")) continue;
    const text = await readFile(join(root, examples, name), "utf8");
    const file = join(folder, "aws", name);
    await writeFile(file, text.replaceAll(exampleVpc, vpc));
    files.push(file);
  }
  return files;
}

async function planBefore(cloud: AwsSimulator, network: Network, files: readonly string[]): Promise<void> {
  step(`Before there is a cluster: what would become of ${examples}`);
  const facts = join(folder, "facts.yaml");
  const nodesFile = join(folder, "nodes.yaml");
  await writeFile(nodesFile, network.nodes.map((node) => stringify(kubeNode(node))).join("---\n"));
  const all = [...files, nodesFile].flatMap((file) => ["-f", file]);
  cloud.clearCalls();
  await writeFile(facts, await runCommand(["facts", ...all, "--class", "nlb"]));
  tellCommand(
    `npx fairlead facts -f ${examples} -f nodes.yaml --class nlb > facts.yaml`,
    "once, with credentials that may only read",
  );
  tell("AWS was asked:");
  tellAll(callLines(cloud.calls));
  cloud.clearCalls();
  tellCommand(
    `npx fairlead plan -f ${examples} -f nodes.yaml --facts facts.yaml`,
    "anywhere, without credentials",
  );
  tellAll((await runCommand(["plan", ...all, "--facts", facts])).split("\n"));
  tell("\nAWS was asked:");
  tellAll(callLines(cloud.calls));
}

async function install(client: KubeClient): Promise<void> {
  const crds = (await readdir(join(root, "crds"))).sort().map((name) => `crds/${name}`);
  for (const file of [...crds, "deploy/rbac.yaml", "deploy/admission.yaml"])
    await applyFile(client, join(root, file), { signal });
  tell("applied crds/, deploy/rbac.yaml and deploy/admission.yaml");
}

async function play(stage: Stage): Promise<void> {
  const { aws: cloud, client, controlPlane, controller, files } = stage;
  const kubeconfig = ["--kubeconfig", controlPlane.kubeconfigPath];
  const applied = (object: string) => tell(`  applied ${object}`);

  step(`The manifests of ${examples}, with the VPC filled in`);
  cloud.clearCalls();
  for (const file of files) await applyFile(client, file, { signal, applied });
  await until(client, ({ lbs }) => whatIsMissing(lbs, isBeingProvisioned), signal);
  const first = [...cloud.calls];
  tellCommand("npx fairlead status", "while AWS is at work");
  tellAll((await runCommand(["status", ...kubeconfig])).split("\n"));
  tell("");
  await tellContents(stage, "AWS holds:");
  cloud.clearCalls();
  tell("\nThe controller looks again every 10 s, until AWS says that they are active.");
  const served = await until(client, ({ lbs }) => whatIsMissing(lbs, isServed), signal);
  const calls = [...first, ...cloud.calls];
  tellCommand(`kubectl get services -n ${namespace}`);
  tellAll(serviceLines(served.services));
  tellCommand("npx fairlead status");
  tellAll((await runCommand(["status", ...kubeconfig])).split("\n"));
  tell("\nFor all of that AWS was asked:");
  tellAll(callLines(calls));
  await tellContents(stage, "AWS holds:");

  step("An edit of web: a port more, for known clients only, and an annotation taken off");
  const cluster = join(folder, "cluster.yaml");
  const edited = join(root, examples, "edited/web.yaml");
  await writeCluster(client, cluster, "web");
  tellCommand(
    `npx fairlead plan -f cluster.yaml -f ${examples}/edited/web.yaml --online`,
    "cluster.yaml: all other objects, by kubectl get -o yaml",
  );
  tellAll((await runCommand(["plan", "-f", cluster, "-f", edited, "--online"])).split("\n"));
  cloud.clearCalls();
  tell("");
  await applyFile(client, edited, { signal, applied });
  await until(
    client,
    ({ lbs }) => {
      const web = lbs.find(({ metadata }) => metadata.name === "web");
      return web?.status?.ports?.length === 2 ? undefined : "web does not serve its second port";
    },
    signal,
  );
  tell("\nAWS was asked:");
  tellAll(callLines(cloud.calls));
  await tellContents(stage, "AWS holds:");

  step("Both Services deleted");
  cloud.clearCalls();
  for (const name of names) await client.delete(services, { namespace, name }, { signal });
  await until(
    client,
    (seen) => (seen.services.length + seen.lbs.length === 0 ? undefined : "the Services are not gone"),
    signal,
  );
  tell("Services and LoadBalancers are gone. AWS was asked:");
  tellAll(callLines(cloud.calls));
  const left = await contentsOf(cloud, stage.network);
  tell(left.count === 0 ? "Nothing is left in AWS." : "Left in AWS:");
  if (left.count > 0) {
    tellAll(left.lines);
    process.exitCode = 1;
  }
  if (values.once) return;
  next(stage);
  await Promise.race([controller.ended, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
  if (!signal.aborted) throw new Error("The controller ended by itself");
}

async function tellContents({ aws: cloud, network }: Stage, title: string): Promise<void> {
  const { lines } = await contentsOf(cloud, network);
  tell(title);
  tellAll(lines);
}

function next({ aws: cloud, controlPlane, files }: Stage): void {
  step("To go on, in another terminal");
  tell(
    `export KUBECONFIG=${controlPlane.kubeconfigPath} AWS_ENDPOINT_URL=${cloud.endpoint} AWS_REGION=${cloud.region}`,
  );
  tell("export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x");
  tell(`kubectl apply -f ${files.at(-1)}`);
  tell("npx fairlead plan --from-cluster --online");
  tell("aws elbv2 describe-load-balancers");
  tell("\nCtrl-C ends everything and removes it.");
}
