/** Lists of AWS, page by page, and tags in the largest portions that AWS takes. */
import type { Filter, SecurityGroup } from "@aws-sdk/client-ec2";
import type {
  Listener,
  LoadBalancer,
  TargetGroup,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import type { Aws } from "../client.ts";
import { isNotFound } from "../errors.ts";
import type { Tags } from "../model/marks.ts";
import { fewAtATime } from "./few-at-a-time.ts";

/** API_DescribeLoadBalancers, API_DescribeTargetGroups: the largest page. */
const pageSize = 400;
/** API_DescribeTags, and API_DescribeLoadBalancers by ARN. */
export const mostArns = 20;
/** API_DescribeSecurityGroups: the largest page. */
const mostGroups = 1000;

export function listLoadBalancers(aws: Aws, signal: AbortSignal): Promise<LoadBalancer[]> {
  return pages(async (Marker) => {
    const page = await aws.read("DescribeLoadBalancers", { PageSize: pageSize, Marker }, { signal });
    return { items: page.LoadBalancers, next: page.NextMarker };
  });
}

export function listTargetGroups(aws: Aws, signal: AbortSignal): Promise<TargetGroup[]> {
  return pages(async (Marker) => {
    const page = await aws.read("DescribeTargetGroups", { PageSize: pageSize, Marker }, { signal });
    return { items: page.TargetGroups, next: page.NextMarker };
  });
}

/** Security groups with their rules and tags. */
export function listSecurityGroups(
  aws: Aws,
  filters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SecurityGroup[]> {
  const Filters: Filter[] = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
  return pages(async (NextToken) => {
    const page = await aws.read(
      "DescribeSecurityGroups",
      { Filters, MaxResults: mostGroups, NextToken },
      { signal },
    );
    return { items: page.SecurityGroups, next: page.NextToken };
  });
}

/** Undefined: the load balancer is gone. */
export function listListeners(aws: Aws, arn: string, signal: AbortSignal): Promise<Listener[] | undefined> {
  return unlessGone(
    pages(async (Marker) => {
      const input = { LoadBalancerArn: arn, PageSize: pageSize, Marker };
      const page = await aws.read("DescribeListeners", input, { signal, on: arn });
      return { items: page.Listeners, next: page.NextMarker };
    }),
  );
}

/** ARNs of all certificates but the default one, which may be among the others too; sorted. Undefined: the listener is gone. */
export async function listMoreCertificates(
  aws: Aws,
  arn: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const all = await unlessGone(
    pages(async (Marker) => {
      const input = { ListenerArn: arn, PageSize: pageSize, Marker };
      const page = await aws.read("DescribeListenerCertificates", input, { signal, on: arn });
      return { items: page.Certificates, next: page.NextMarker };
    }),
  );
  const usual = all?.find(({ IsDefault }) => IsDefault === true)?.CertificateArn;
  return all?.flatMap(({ CertificateArn = "" }) => (CertificateArn === usual ? [] : CertificateArn)).sort();
}

/** Undefined: the target group is gone. */
export async function listTargets(
  aws: Aws,
  arn: string,
  signal: AbortSignal,
): Promise<TargetHealthDescription[] | undefined> {
  const answer = await unlessGone(
    aws.read("DescribeTargetHealth", { TargetGroupArn: arn }, { signal, on: arn }),
  );
  return answer === undefined ? undefined : (answer.TargetHealthDescriptions ?? []);
}

/**
 * Tags by ARN. What is gone is left out: AWS refuses the whole call for one that is not there, so the portion is asked for in halves.
 */
export async function readTags(
  aws: Aws,
  arns: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Tags>> {
  const all = [...new Set(arns)];
  const portions = Array.from({ length: Math.ceil(all.length / mostArns) }, (_, index) =>
    all.slice(index * mostArns, (index + 1) * mostArns),
  );
  const read = async (portion: readonly string[]): Promise<[string, Tags][]> => {
    try {
      const answer = await aws.read("DescribeTags", { ResourceArns: [...portion] }, { signal });
      return (answer.TagDescriptions ?? []).map(({ ResourceArn = "", Tags: list }) => [
        ResourceArn,
        tagsFrom(list),
      ]);
    } catch (error) {
      if (!isGone(error)) throw error;
      if (portion.length === 1) return [];
      const half = Math.ceil(portion.length / 2);
      return (await Promise.all([read(portion.slice(0, half)), read(portion.slice(half))])).flat();
    }
  };
  return new Map((await fewAtATime(portions, read)).flat());
}

export function tagsFrom(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** Undefined where what was asked about is not there. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return isCloudError(error) && isNotFound(error.cause);
}

export async function pages<T>(
  read: (next: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let next: string | undefined;
  do {
    const page = await read(next);
    all.push(...(page.items ?? []));
    next = page.next === "" ? undefined : page.next;
  } while (next !== undefined);
  return all;
}
