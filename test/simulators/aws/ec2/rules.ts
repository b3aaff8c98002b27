/** The rules of security groups, one by one: a permission of the API bundles several. */
import { listOf, type Tree, textOf } from "../wire/query.ts";

/** A rule in words that two equal rules share. */
export type RuleKey = string;

/** The names of the same things in a request and in an answer of EC2. */
const inRequest = {
  permission: ["IpProtocol", "FromPort", "ToPort"],
  sources: [
    ["IpRanges", "CidrIp"],
    ["Ipv6Ranges", "CidrIpv6"],
    ["PrefixListIds", "PrefixListId"],
    ["Groups", "GroupId"],
  ],
} as const;
const inAnswer = {
  permission: ["ipProtocol", "fromPort", "toPort"],
  sources: [
    ["ipRanges", "cidrIp"],
    ["ipv6Ranges", "cidrIpv6"],
    ["prefixListIds", "prefixListId"],
    ["groups", "groupId"],
  ],
} as const;

export function rulesAskedFor(permissions: readonly Tree[]): readonly RuleKey[] {
  return permissions.flatMap((permission) => rulesIn(permission, inRequest));
}

export function rulesThere(permissions: readonly Tree[]): readonly RuleKey[] {
  return permissions.flatMap((permission) => rulesIn(permission, inAnswer));
}

function rulesIn(permission: Tree, names: typeof inRequest | typeof inAnswer): readonly RuleKey[] {
  const [protocol, from, to] = names.permission.map((name) => textOf(permission, name) ?? "");
  const isAll = protocol === "-1";
  return names.sources.flatMap(([list, name]) =>
    listOf(permission, list).map((source) => {
      const ports = isAll ? "all" : `${from}-${to}`;
      return `protocol ${protocol}, ports ${ports}, ${list.toLowerCase()} ${textOf(source, name)}`;
    }),
  );
}
