/** A simulated AWS with a network for the tests of one file, and the shortest ways to make what they are about. */

import { EC2 } from "@aws-sdk/client-ec2";
import {
  type CreateListenerInput,
  type CreateLoadBalancerInput,
  type CreateTargetGroupInput,
  ElasticLoadBalancingV2,
  type ProtocolEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll } from "@jest/globals";
import { type AwsSimulator, startAws } from "../../../simulators/aws/index.ts";
import { arrangeNetwork, clientSettings, type Network } from "../../../simulators/aws/network.ts";
import type { AwsOptions } from "../../../simulators/aws/types.ts";

/** Where moto has to be installed first, that takes its time. */
const patienceMs = 300_000;

export interface Arranged {
  readonly aws: AwsSimulator;
  readonly network: Network;
  readonly elb: ElasticLoadBalancingV2;
  readonly ec2: EC2;
  /** A name that no other test has. */
  name(): string;
  /** Makes an internal load balancer in the first zone, if nothing else is said; gives its ARN. */
  loadBalancer(o?: Partial<CreateLoadBalancerInput>): Promise<string>;
  /** Makes a TCP target group for instances, if nothing else is said; gives its ARN. */
  targetGroup(o?: Partial<CreateTargetGroupInput>): Promise<string>;
  /** Makes a listener that forwards to a group; gives its ARN. */
  listener(loadBalancer: string, group: string, o?: Partial<CreateListenerInput>): Promise<string>;
  /** Puts a certificate into ACM; gives its ARN. */
  certificate(): Promise<string>;
}

/** Call it once in a file; what it gives is there from the first test on. */
export function arranged(o: AwsOptions = {}): () => Arranged {
  let made: Arranged | undefined;
  beforeAll(async () => {
    const aws = await startAws(o);
    made = arrange(aws, await arrangeNetwork(aws, { ipv6: true }));
  }, patienceMs);
  afterAll(async () => {
    made?.elb.destroy();
    made?.ec2.destroy();
    await made?.aws.stop();
  });
  return () => {
    if (made === undefined) throw new Error("The simulated AWS is there in tests only");
    return made;
  };
}

function arrange(aws: AwsSimulator, network: Network): Arranged {
  // One attempt: a refusal is to be seen, not to be tried again.
  const settings = { ...clientSettings(aws), maxAttempts: 1 };
  const elb = new ElasticLoadBalancingV2(settings);
  const ec2 = new EC2(settings);
  let count = 0;
  const name = () => `test-${++count}`;
  return {
    aws,
    network,
    elb,
    ec2,
    name,
    async loadBalancer(o = {}) {
      const Subnets = o.SubnetMappings === undefined ? [network.internalSubnets[0]?.id ?? ""] : undefined;
      const asked = { Name: name(), Type: "network" as const, Scheme: "internal" as const, Subnets, ...o };
      return arnOf((await elb.createLoadBalancer(asked)).LoadBalancers?.[0]?.LoadBalancerArn);
    },
    async targetGroup(o = {}) {
      const asked = { Name: name(), Protocol: "TCP" as ProtocolEnum, Port: 80, VpcId: network.vpc, ...o };
      return arnOf((await elb.createTargetGroup(asked)).TargetGroups?.[0]?.TargetGroupArn);
    },
    async listener(loadBalancer, group, o = {}) {
      const made = await elb.createListener({
        LoadBalancerArn: loadBalancer,
        Port: 80,
        Protocol: "TCP",
        DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
        ...o,
      });
      return arnOf(made.Listeners?.[0]?.ListenerArn);
    },
    async certificate() {
      const answer = await fetch(aws.motoEndpoint, {
        method: "POST",
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/${aws.region}/acm/aws4_request, SignedHeaders=host, Signature=0`,
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": "CertificateManager.RequestCertificate",
        },
        body: JSON.stringify({ DomainName: `${name()}.example.com` }),
      });
      return ((await answer.json()) as { CertificateArn: string }).CertificateArn;
    },
  };
}

function arnOf(arn: string | undefined): string {
  if (arn === undefined) throw new Error("The simulated AWS gave no ARN");
  return arn;
}

/** The name of the error that a call was refused with; `accepted` if it was not. */
export async function verdictOn(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "accepted",
    (error: Error) => error.name.replace(/Exception$/, ""),
  );
}
