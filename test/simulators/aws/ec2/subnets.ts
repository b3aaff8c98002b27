/** Subnets and VPCs: the state of their IPv6 blocks. */
import type { Ec2Operation } from "../state.ts";
import type { Fields, Tree } from "../wire/query.ts";

/** SubnetCidrBlockState: `associated` and the like; moto writes a whole Python dictionary there. */
export const describeSubnets: Ec2Operation = async (_, __, flat, forward) =>
  mended(await forward(flat)) as Fields;

function mended(tree: Tree): Tree {
  if (typeof tree === "string") return /^\{'State': '(?<state>\w+)'\}$/.exec(tree)?.groups?.state ?? tree;
  if (Array.isArray(tree)) return tree.map(mended);
  return Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, mended(inner)]));
}
