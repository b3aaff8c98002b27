/** The simulated AWS as the conformance suite sees it: a VPC with two nodes, the real SDK over HTTP, and a proxy that makes trouble. */
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { adoptionPolicy, controllerPolicy } from "../../../src/providers/aws/permissions.ts";
import type { CallHook, ProviderHarness } from "../../../src/testing/index.ts";
import { startAws } from "../../simulators/aws/index.ts";
import { kubeNode } from "../../simulators/aws/kube-node.ts";
import { arrangeNetwork, clientSettings } from "../../simulators/aws/network.ts";
import { objectsIn, targetsBehind } from "./contents.ts";
import { faultOf } from "./faults.ts";
import { securityGroupsOf } from "./network.ts";

export interface AwsHarness extends ProviderHarness {
  stop(): Promise<void>;
}

export async function awsHarness(): Promise<AwsHarness> {
  process.env.AWS_ACCESS_KEY_ID = "operator";
  process.env.AWS_SECRET_ACCESS_KEY = "simulated";
  const noHook: CallHook = async () => undefined;
  let hook = noHook;
  let isOwn = false;
  const aws = await startAws({
    // What the policies in docs/aws do not allow is refused to the provider.
    policies: { operator: [controllerPolicy(), adoptionPolicy()] },
    async onCall(call, phase) {
      if (isOwn) return undefined;
      const fault = await hook({ name: call.operation, write: call.isWrite }, phase);
      return fault === undefined ? undefined : faultOf(call, fault);
    },
  });
  const network = await arrangeNetwork(aws, { zones: 2, nodes: 2 });
  const groups = await securityGroupsOf(aws, network);
  const elb = new ElasticLoadBalancingV2(clientSettings(aws));
  /** What the harness does itself is no call of the provider, which has nothing under way meanwhile. */
  const own = async <T>(work: () => Promise<T>): Promise<T> => {
    isOwn = true;
    return work().finally(() => {
      isOwn = false;
    });
  };
  const balancerByHand = async (name: string): Promise<string> => {
    const Subnets = network.internalSubnets.map(({ id }) => id);
    const SecurityGroups = [groups.defaultGroup];
    const balancer = { Name: name, Type: "network", Scheme: "internal", Subnets, SecurityGroups } as const;
    const { LoadBalancers: [made] = [] } = await elb.createLoadBalancer(balancer);
    const LoadBalancerArn = made?.LoadBalancerArn ?? "";
    const group = {
      Name: name,
      Protocol: "TCP",
      Port: 80,
      VpcId: network.vpc,
      TargetType: "instance",
    } as const;
    const { TargetGroups: [targets] = [] } = await elb.createTargetGroup(group);
    const TargetGroupArn = targets?.TargetGroupArn ?? "";
    const [first] = network.nodes;
    await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: first?.instance ?? "", Port: 30_080 }] });
    const DefaultActions = [{ Type: "forward", TargetGroupArn }] as const;
    await elb.createListener({
      LoadBalancerArn,
      Port: 80,
      Protocol: "TCP",
      DefaultActions: [...DefaultActions],
    });
    return LoadBalancerArn;
  };

  return {
    cls: () => ({
      settings: {
        region: aws.region,
        vpc: network.vpc,
        endpoints: { elbv2: aws.endpoint, ec2: aws.endpoint },
      },
    }),
    async reset() {
      await aws.clear();
      await groups.clear();
    },
    onCall(next) {
      hook = next;
    },
    async snapshot() {
      return [...objectsIn(await aws.contents()), ...(await groups.snapshot())];
    },
    addForeign: () =>
      own(async () => {
        await balancerByHand("theirs");
        await groups.addForeign();
      }),
    unmark: () =>
      own(async () => {
        const { loadBalancers, targetGroups, listeners } = await aws.contents();
        for (const { arn, tags } of [...loadBalancers, ...targetGroups, ...listeners]) {
          const TagKeys = Object.keys(tags).filter((key) => key.startsWith("fairlead.io/"));
          if (TagKeys.length > 0) await elb.removeTags({ ResourceArns: [arn], TagKeys });
        }
        await groups.unmark();
      }),
    addAdoptable: () => own(() => balancerByHand("by-hand")),
    changeByHand: () =>
      own(async () => {
        const { loadBalancers, targetGroups } = await aws.contents();
        for (const { arn } of loadBalancers)
          await elb.modifyLoadBalancerAttributes({
            LoadBalancerArn: arn,
            Attributes: [{ Key: "load_balancing.cross_zone.enabled", Value: "true" }],
          });
        for (const { arn, targets } of targetGroups) {
          await elb.modifyTargetGroup({ TargetGroupArn: arn, HealthCheckIntervalSeconds: 30 });
          const Targets = [...targets.values()].map(({ id, port }) => ({ Id: id, Port: port }));
          await elb.deregisterTargets({ TargetGroupArn: arn, Targets: Targets.slice(0, 1) });
        }
      }),
    lag: (reads) => aws.behave({ unseenDescribes: reads }),
    nodes: {
      list: () => network.nodes.map(kubeNode),
      add: async () => kubeNode(await network.addNode()),
      serving: async () => targetsBehind(80, await aws.contents()),
    },
    endpoints: {
      spec: { settings: { targetType: "ip" } },
      addresses: ["10.20.101.50", "10.20.102.50"],
      serving: async () => targetsBehind(80, await aws.contents()),
    },
    async stop() {
      elb.destroy();
      groups.close();
      await aws.stop();
      if (aws.refused.length > 0) throw new Error(`The policies lack something: ${aws.refused.join("; ")}`);
    },
  };
}
