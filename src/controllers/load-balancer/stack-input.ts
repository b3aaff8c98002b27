/** Puts together what a provider decides a stack by: members, who leads them, nodes and endpoints. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { GraphProvider, Member, Stack } from "../../providers/provider.ts";
import type { Backends } from "../backends.ts";
import type { KnownClass } from "../classes.ts";
import { isHeld } from "./judge.ts";
import { asInForce } from "./members.ts";

export interface StackOfInput {
  readonly key: string;
  readonly cls: KnownClass;
  readonly provider: GraphProvider;
  /** In the order of age. */
  readonly members: readonly { readonly lb: LoadBalancer; readonly member: Member }[];
}

export function stackOf(
  { backends }: { readonly backends: Pick<Backends, "nodes" | "endpointSlices"> },
  { key, cls, provider, members }: StackOfInput,
): Stack {
  const watches = new Set(provider.watches ?? []);
  return {
    key,
    cls: members[0]?.member.cls ?? asInForce(cls),
    members: members.map(({ member }) => member),
    leader: leaderOf(members),
    nodes: watches.has("nodes") ? backends.nodes() : [],
    endpointSlices: watches.has("endpointslices")
      ? new Map(members.map(({ member }) => [member.key, backends.endpointSlices(member)]))
      : new Map(),
  };
}

/** The recorded leader; without one the oldest that is served already, else the oldest. */
function leaderOf(members: StackOfInput["members"]): string | undefined {
  const leader =
    members.find(({ lb }) => lb.status?.leads === true) ?? members.find(({ lb }) => isHeld(lb)) ?? members[0];
  return leader?.member.key;
}
