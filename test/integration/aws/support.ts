/** A cluster on the simulated AWS, for the tests of one file: a control plane, the operator under its minimal role, and nodes that are instances. */
import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { nodes as nodeKind, services } from "../../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../../src/api/load-balancer.ts";
import type { LoadBalancerClassSpecInput } from "../../../src/api/load-balancer-class.ts";
import { createAws } from "../../../src/providers/aws/index.ts";
import { adoptionPolicy, controllerPolicy, readOnlyPolicy } from "../../../src/providers/aws/permissions.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import type { KubeClient, ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { type AwsCall, type AwsSimulator, startAws } from "../../simulators/aws/index.ts";
import { kubeNode } from "../../simulators/aws/kube-node.ts";
import { arrangeNetwork, clientSettings, type Network, type Node } from "../../simulators/aws/network.ts";
import type { CallPhase } from "../../simulators/aws/types.ts";
import { type Cluster, clusterOf, type ServiceInput } from "../support/cluster.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { eventually, install, type RunningOperator, startOperator } from "../support/installation.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { cloudOf, type SeenCloud } from "./cloud.ts";

export const LBC = "service.beta.kubernetes.io/aws-load-balancer";
const patienceMs = 300_000;

export interface WorldOptions {
  /** How much faster than real the operator's time runs. Default 50: what waits for a minute waits for 1.2 s. */
  readonly hurry?: number;
  /** In the operator's time. Default: an hour. */
  readonly verifyPeriodMs?: number;
  /** Besides the provider aws. */
  readonly moreProviders?: () => readonly Provider[];
  /** Instances, and Nodes. Default 3. */
  readonly nodes?: number;
  /** Whether VPC and subnets have IPv6 blocks. Default false. */
  readonly ipv6?: boolean;
}

export interface World extends SeenCloud {
  readonly aws: AwsSimulator;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly controlPlane: ControlPlaneAccess;
  operator(): RunningOperator;
  /** Stops the operator and starts another one, which knows nothing. Options hold until the next time. */
  restart(o?: Partial<WorldOptions>): Promise<void>;
  /** From the next such call on, nothing that the operator does takes effect any more, as if it had been killed. */
  dieAt(operation: string, when: CallPhase): Death;
  namespace(): Promise<string>;
  /** A class of the simulated region and VPC. */
  createClass(name: string, o?: Partial<LoadBalancerClassSpecInput>): Promise<void>;
  /** A Service of the class `aws`, with node ports. */
  createService(ref: ObjectRef, input?: ServiceInput & { cls?: string }): Promise<void>;
  /** Waits until the Service has an address, and gives its first one. */
  served(ref: ObjectRef): Promise<string>;
  /** Waits until the LoadBalancer of that name is as it is wanted, to the last call. */
  applied(ref: ObjectRef): Promise<LoadBalancer>;
  /** Starts an instance, and registers it. */
  addNode(): Promise<Node>;
  removeNode(node: Node): Promise<void>;
  /** What was written in AWS since the calls were cleared, in the order of the calls. */
  written(): AwsCall[];
}

export interface Death {
  /** Ends when the operator is dead and another one has started, which knows nothing. */
  succession(): Promise<void>;
}

/** Call it once in a file; what it gives is there from the first test on. */
export function awsWorld(o: WorldOptions = {}): () => World {
  const controlPlane = ownControlPlane();
  let made: World | undefined;
  let end = async (): Promise<void> => {};
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = "operator";
    process.env.AWS_SECRET_ACCESS_KEY = "simulated";
    // What the policies in docs/aws do not allow is refused to operator and reader; the tests themselves may do everything.
    const policies = { operator: [controllerPolicy(), adoptionPolicy()], reader: [readOnlyPolicy()] };
    const aws = await startAws({ policies });
    const network = await arrangeNetwork(aws, { nodes: o.nodes ?? 3, ipv6: o.ipv6 ?? false });
    const elb = new ElasticLoadBalancingV2(clientSettings(aws));
    const ec2 = new EC2(clientSettings(aws));
    await install(controlPlane());
    const cluster = await clusterOf(controlPlane());
    for (const node of network.nodes) await cluster.client.create(nodeKind, kubeNode(node));
    let life = lifeOf();
    let operator = await start(o, life);
    end = async () => {
      await operator.stop();
      cluster.client.close();
      elb.destroy();
      ec2.destroy();
      await aws.stop();
      expect(aws.refused.filter((each) => each.startsWith("User: operator "))).toEqual([]);
    };
    made = {
      ...cloudOf(elb, ec2),
      aws,
      network,
      cluster,
      controlPlane: controlPlane(),
      operator: () => operator,
      async restart(other) {
        await operator.stop();
        life = lifeOf();
        operator = await start({ ...o, ...other }, life);
      },
      dieAt(operation, when) {
        const dying = life;
        const match = (call: AwsCall) => {
          if (call.operation === operation) dying.end();
          return dying.isOver();
        };
        // What it has sent to AWS is done, and nothing after; its answer is lost in any case.
        const cuts = [aws.fault({ when, do: "cut", match })];
        if (when === "after") cuts.push(aws.fault({ when: "before", do: "cut", match: dying.isOver }));
        return {
          async succession() {
            await dying.over;
            await operator.stop();
            for (const heal of cuts) heal();
            life = lifeOf();
            operator = await start(o, life);
          },
        };
      },
      namespace: () => testNamespace(controlPlane()),
      async createClass(name, { settings, ...spec } = {}) {
        const { endpoint, region } = aws;
        const place = {
          region,
          vpc: network.vpc,
          endpoints: {
            elbv2: endpoint,
            ec2: endpoint,
          },
        };
        await cluster.createClass(name, { provider: "aws", settings: { ...place, ...settings }, ...spec });
      },
      async createService({ namespace = "", name }, { cls = "aws", ...input } = {}) {
        await cluster.createService(namespace, name, {
          ...input,
          spec: {
            allocateLoadBalancerNodePorts: true,
            loadBalancerClass: `fairlead.io/${cls}`,
            ...input.spec,
          },
        });
      },
      served: (ref) =>
        eventually(async () => {
          const { status } = await cluster.service(ref);
          const [first] = status?.loadBalancer?.ingress ?? [];
          if (first === undefined) throw new Error(JSON.stringify(status?.conditions));
          return first.hostname ?? first.ip ?? "";
        }, `${ref.name} has an address`),
      applied: (ref) =>
        eventually(async () => {
          const lb = await cluster.client.get(loadBalancers, ref);
          const { appliedHash, observedGeneration } = lb.status ?? {};
          if (appliedHash === undefined || observedGeneration !== lb.metadata.generation)
            throw new Error(JSON.stringify(lb.status));
          return lb;
        }, `${ref.name} is applied`),
      async addNode() {
        const node = await network.addNode();
        await cluster.client.create(nodeKind, kubeNode(node));
        return node;
      },
      async removeNode(node) {
        await cluster.remove(nodeKind, { name: node.instance });
        await network.removeNode(node);
      },
      written: () => aws.calls.filter(({ isWrite }) => isWrite),
    };
    await made.createClass("aws", { policy: { replacement: "Acknowledge" } });
  }, patienceMs);
  afterAll(() => end());

  function start(
    { hurry = 50, verifyPeriodMs, moreProviders }: WorldOptions,
    life: Life,
  ): Promise<RunningOperator> {
    const clock = hurriedClock(hurry);
    const providers = [createAws(), ...(moreProviders?.() ?? [])];
    const between = (client: KubeClient) => client.guarded(life.guard);
    return startOperator(controlPlane(), { providers, clock, verifyPeriodMs, between });
  }

  return () => {
    if (made === undefined) throw new Error("The cluster is there in tests only");
    return made;
  };
}

/** Agrees to the replacement whose id the message of a condition has. */
export async function acknowledge(cluster: Cluster, ref: ObjectRef, message: string): Promise<void> {
  const [, id] = /acknowledge-replacement: (\S+)/.exec(message) ?? [];
  const annotations = { "fairlead.io/acknowledge-replacement": id ?? "" };
  await cluster.edit(services, ref, { metadata: { annotations } });
}

interface Life {
  /** Throws once it is over. */
  guard(): void;
  isOver(): boolean;
  end(): void;
  readonly over: Promise<void>;
}

function lifeOf(): Life {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  return {
    guard() {
      if (isOver) throw new Error("The process was killed");
    },
    isOver: () => isOver,
    end() {
      isOver = true;
      resolve();
    },
    over,
  };
}
