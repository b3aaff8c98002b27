/** The rules of security groups, one by one: a permission of the API bundles several. */
import { type Fields, type Flat, listOf, type Tree, textOf } from "../wire/query.ts";

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

/** Those of the rules that are there which have these keys, in a request's form, with their descriptions. */
export function asRequest(permissions: readonly Tree[], keys: ReadonlySet<RuleKey>): Flat {
  const flat: Record<string, string> = {};
  let count = 0;
  const put = (permission: Tree, list: number, source: Tree): void => {
    const [answerList = "", answerName = ""] = inAnswer.sources[list] ?? [];
    const [requestList = "", requestName = ""] = inRequest.sources[list] ?? [];
    const [key = ""] = rulesIn({ ...fields(permission), ...emptyLists, [answerList]: [source] }, inAnswer);
    if (!keys.has(key)) return;
    count += 1;
    const prefix = `IpPermissions.${count}`;
    for (const [index, name] of inRequest.permission.entries()) {
      const value = textOf(permission, inAnswer.permission[index] ?? "");
      if (value !== undefined) flat[`${prefix}.${name}`] = value;
    }
    flat[`${prefix}.${requestList}.1.${requestName}`] = textOf(source, answerName) ?? "";
    const description = textOf(source, "description");
    if (description !== undefined) flat[`${prefix}.${requestList}.1.Description`] = description;
  };
  for (const permission of permissions)
    for (const [list, [name]] of inAnswer.sources.entries())
      for (const source of listOf(permission, name)) put(permission, list, source);
  return flat;
}

const emptyLists = Object.fromEntries(inAnswer.sources.map(([name]) => [name, []]));

function fields(tree: Tree): Fields {
  return typeof tree === "object" && !Array.isArray(tree) ? (tree as Fields) : {};
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
