/** The simulated AWS refuses what IAM policies do not allow, as the Service Authorization Reference says what they can tell apart. */
import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  adoptionPolicy,
  controllerPolicy,
  readOnlyPolicy,
} from "../../../../src/providers/aws/permissions.ts";
import { clientSettings } from "../../../simulators/aws/network.ts";
import { arranged, verdictOn } from "./arranged.ts";

const world = arranged({
  policies: {
    controller: [controllerPolicy()],
    adopter: [controllerPolicy(), adoptionPolicy()],
    reader: [readOnlyPolicy()],
  },
});
const Tags = [{ Key: "fairlead.io/cluster", Value: "11111111-2222-3333-4444-555555555555" }];

type Caller = "controller" | "adopter" | "reader";
const clients: { elb: Record<string, ElasticLoadBalancingV2>; ec2: Record<string, EC2> } = {
  elb: {},
  ec2: {},
};
const elbOf = (caller: Caller) => clients.elb[caller] as ElasticLoadBalancingV2;
const ec2Of = (caller: Caller) => clients.ec2[caller] as EC2;
beforeAll(() => {
  for (const accessKeyId of ["controller", "adopter", "reader"]) {
    const credentials = { accessKeyId, secretAccessKey: "simulated" };
    const settings = { ...clientSettings(world().aws), credentials, maxAttempts: 1 };
    clients.elb[accessKeyId] = new ElasticLoadBalancingV2(settings);
    clients.ec2[accessKeyId] = new EC2(settings);
  }
});
afterAll(() => {
  for (const client of [...Object.values(clients.elb), ...Object.values(clients.ec2)]) client.destroy();
});

describe("the controller", () => {
  test.each([
    ["with the mark", Tags, "accepted"],
    ["without it", [{ Key: "owner", Value: "me" }], "AccessDenied"],
    ["without tags", undefined, "AccessDenied"],
  ])("creates %s: %s", async (_, tags, verdict) => {
    const { name, network } = world();
    const balancer = {
      Name: name(),
      Type: "network" as const,
      Scheme: "internal" as const,
      Subnets: [network.internalSubnets[0]?.id ?? ""],
      Tags: tags,
    };
    expect(await verdictOn(elbOf("controller").createLoadBalancer(balancer))).toBe(verdict);
    const group = { Name: name(), Protocol: "TCP" as const, Port: 80, VpcId: network.vpc, Tags: tags };
    expect(await verdictOn(elbOf("controller").createTargetGroup(group))).toBe(verdict);
    const TagSpecifications =
      tags === undefined ? undefined : [{ ResourceType: "security-group" as const, Tags: tags }];
    const security = { GroupName: name(), Description: "a test", VpcId: network.vpc, TagSpecifications };
    expect(await verdictOn(ec2Of("controller").createSecurityGroup(security))).toBe(
      verdict === "accepted" ? verdict : "UnauthorizedOperation",
    );
  });

  test("listens with the mark on marked load balancers only", async () => {
    const { loadBalancer, targetGroup } = world();
    const group = await targetGroup({ Tags });
    const DefaultActions = [{ Type: "forward" as const, TargetGroupArn: group }];
    const listen = (LoadBalancerArn: string, tags: typeof Tags | undefined) =>
      verdictOn(
        elbOf("controller").createListener({
          LoadBalancerArn,
          Port: 80,
          Protocol: "TCP",
          DefaultActions,
          Tags: tags,
        }),
      );
    const ours = await loadBalancer({ Tags });
    expect(await listen(await loadBalancer(), Tags)).toBe("AccessDenied");
    expect(await listen(ours, undefined)).toBe("AccessDenied");
    expect(await listen(ours, Tags)).toBe("accepted");
  });

  test("changes, tags and deletes what has the mark, and nothing else", async () => {
    const { loadBalancer, targetGroup, ec2, name, network } = world();
    const client = elbOf("controller");
    const verdicts = async (LoadBalancerArn: string, TargetGroupArn: string, GroupId: string) => [
      await verdictOn(client.setIpAddressType({ LoadBalancerArn, IpAddressType: "ipv4" })),
      await verdictOn(client.registerTargets({ TargetGroupArn, Targets: [] })),
      await verdictOn(client.addTags({ ResourceArns: [LoadBalancerArn], Tags })),
      await verdictOn(ec2Of("controller").createTags({ Resources: [GroupId], Tags })),
      await verdictOn(client.deleteLoadBalancer({ LoadBalancerArn })),
      await verdictOn(client.deleteTargetGroup({ TargetGroupArn })),
      await verdictOn(ec2Of("controller").deleteSecurityGroup({ GroupId })),
    ];
    const security = async (tags: typeof Tags | undefined) => {
      const TagSpecifications =
        tags === undefined ? undefined : [{ ResourceType: "security-group" as const, Tags: tags }];
      const asked = { GroupName: name(), Description: "a test", VpcId: network.vpc, TagSpecifications };
      return (await ec2.createSecurityGroup(asked)).GroupId ?? "";
    };
    const [denied, unauthorized] = ["AccessDenied", "UnauthorizedOperation"];
    expect(await verdicts(await loadBalancer(), await targetGroup(), await security(undefined))).toEqual([
      denied,
      denied,
      denied,
      unauthorized,
      denied,
      denied,
      unauthorized,
    ]);
    const ours = await verdicts(
      await loadBalancer({ Tags }),
      await targetGroup({ Tags }),
      await security(Tags),
    );
    expect(ours.filter((verdict) => [denied, unauthorized].includes(verdict))).toEqual([]);
  });

  test("lets traffic into security groups of others", async () => {
    const IpPermissions = [
      { IpProtocol: "tcp", FromPort: 30000, ToPort: 30000, IpRanges: [{ CidrIp: "10.20.0.0/16" }] },
    ];
    const rules = { GroupId: world().network.nodeSecurityGroup, IpPermissions };
    expect(await verdictOn(ec2Of("controller").authorizeSecurityGroupIngress(rules))).toBe("accepted");
    expect(await verdictOn(ec2Of("controller").revokeSecurityGroupIngress(rules))).toBe("accepted");
  });
});

test("only who may adopt puts the mark on what is there, and then may change it", async () => {
  const arn = await world().loadBalancer();
  const change = () =>
    verdictOn(elbOf("adopter").setIpAddressType({ LoadBalancerArn: arn, IpAddressType: "ipv4" }));
  expect(await change()).toBe("AccessDenied");
  const otherTags = [{ Key: "owner", Value: "me" }];
  expect(await verdictOn(elbOf("adopter").addTags({ ResourceArns: [arn], Tags: otherTags }))).toBe(
    "AccessDenied",
  );
  expect(await verdictOn(elbOf("adopter").addTags({ ResourceArns: [arn], Tags }))).toBe("accepted");
  expect(await change()).toBe("accepted");
});

test("who may only read reads, and writes nothing", async () => {
  const arn = await world().loadBalancer({ Tags });
  expect(await verdictOn(elbOf("reader").describeLoadBalancers({}))).toBe("accepted");
  expect(await verdictOn(ec2Of("reader").describeSubnets({}))).toBe("accepted");
  expect(await verdictOn(elbOf("reader").deleteLoadBalancer({ LoadBalancerArn: arn }))).toBe("AccessDenied");
});
