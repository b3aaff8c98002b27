/** A cluster in the simulated AWS: network, nodes, control plane with Fairlead's kinds, one class, and what Services have come to. */
import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import PQueue from "p-queue";
import { nodes, type Service, services } from "../../../src/api/kubernetes.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { type ControlPlane, startControlPlane } from "../../../src/testing/control-plane/control-plane.ts";
import { clusterOf } from "../../integration/support/cluster.ts";
import { install } from "../../integration/support/installation.ts";
import { type AwsSimulator, startAws } from "../../simulators/aws/index.ts";
import { kubeNode } from "../../simulators/aws/kube-node.ts";
import { arrangeNetwork, clientSettings } from "../../simulators/aws/network.ts";
import { arrivals } from "./arrivals.ts";

export interface World {
  readonly controlPlane: ControlPlane;
  readonly aws: AwsSimulator;
  readonly client: KubeClient;
  /** Creates Services with these numbers, 50 at a time; resolves with the ms from creation to hostname of each. */
  create(from: number, count: number): Promise<readonly number[]>;
  /** Deletes them, and resolves when they are gone. */
  remove(from: number, count: number): Promise<void>;
  edit(number: number, patch: unknown): Promise<void>;
  addNode(): Promise<void>;
  removeNode(): Promise<void>;
  /** How many load balancers, target groups and security groups there are in AWS beside those of the network; counted as no call. */
  left(): Promise<number>;
  stop(): Promise<void>;
}

const NAMESPACE = "bench";
const CLIENTS = 50;

/** As the incumbent was measured: active, healthy and deleted at once. The quota of load balancers is as large as is needed. */
const behaviour = {
  provisioningDescribes: 0,
  initialDescribes: 0,
  drainingDescribes: 0,
  deletionHoldTimes: 0,
  limits: { loadBalancers: 5_000, targetGroups: 5_000 },
} as const;

export async function makeWorld(): Promise<World> {
  const aws = await startAws({ behaviour });
  const network = await arrangeNetwork(aws, { nodes: 3 });
  const controlPlane = await startControlPlane();
  await install(controlPlane);
  const cluster = await clusterOf(controlPlane);
  await controlPlane.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const client = createKubeClient(await controlPlane.connection(), { maxSockets: CLIENTS });
  for (const node of network.nodes) await client.create(nodes, kubeNode(node));
  await cluster.createClass("nlb", {
    provider: "aws",
    default: true,
    settings: { region: aws.region, vpc: network.vpc },
  });
  const stopping = new AbortController();
  const cache = createCache({ client, namespaces: [NAMESPACE], logger: silentLogger });
  const served = arrivals(cache.informer(services));
  cache.start(stopping.signal);

  const inParallel = (from: number, count: number, work: (name: string) => Promise<unknown>) =>
    new PQueue({ concurrency: CLIENTS }).addAll(
      Array.from({ length: count }, (_, index) => () => work(nameOf(from + index))),
    );
  return {
    controlPlane,
    aws,
    client,
    async create(from, count) {
      const began = new Map<string, number>();
      await inParallel(from, count, (name) => {
        began.set(name, performance.now());
        return client.create(services, newService(name));
      });
      return Promise.all([...began].map(async ([name, since]) => (await served.hostname(name)) - since));
    },
    async remove(from, count) {
      const gone = Array.from({ length: count }, (_, index) => served.gone(nameOf(from + index)));
      await inParallel(from, count, (name) => client.delete(services, { namespace: NAMESPACE, name }));
      await Promise.all(gone);
    },
    async edit(number, patch) {
      await client.patch(services, { namespace: NAMESPACE, name: nameOf(number) }, patch, { type: "merge" });
    },
    async addNode() {
      await client.create(nodes, kubeNode(await network.addNode()));
    },
    async removeNode() {
      const node = network.nodes.at(-1);
      if (node === undefined) throw new Error("There is no node left to remove");
      await client.delete(nodes, { name: node.instance });
      await network.removeNode(node);
    },
    async left() {
      const past = clientSettings(aws, aws.motoEndpoint);
      const elb = new ElasticLoadBalancingV2(past);
      const { LoadBalancers = [] } = await elb.describeLoadBalancers({});
      const { TargetGroups = [] } = await elb.describeTargetGroups({});
      const Filters = [{ Name: "vpc-id", Values: [network.vpc] }];
      const { SecurityGroups = [] } = await new EC2(past).describeSecurityGroups({ Filters });
      // That of the nodes, and the default one of the VPC.
      return LoadBalancers.length + TargetGroups.length + SecurityGroups.length - 2;
    },
    async stop() {
      stopping.abort();
      client.close();
      cluster.client.close();
      await controlPlane.stop();
      await aws.stop();
    },
  };
}

/** For the controller. */
export function environmentFor(aws: AwsSimulator): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: "simulated",
    AWS_SECRET_ACCESS_KEY: "simulated",
  };
}

function nameOf(number: number): string {
  return `svc-${String(number).padStart(5, "0")}`;
}

/** One TCP port, by node ports. */
function newService(name: string): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      type: "LoadBalancer",
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: 8080 }],
    },
  };
}
