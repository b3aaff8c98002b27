/** What a node does not take part in for want of privileges: it must not claim what it could not answer for. Pure. */
import type { Link } from "../linux/link.ts";
import type { Candidate, World, WorldAddress } from "../world.ts";
import type { CapabilityReport } from "./messages.ts";

export interface Unable {
  /** The interfaces as far as addresses are announced on them. */
  links(links: readonly Link[]): readonly Link[];
  /** The world with this node as a candidate for what it can announce only. */
  world(world: World): World;
}

export function unableTo(capabilities: readonly CapabilityReport[]): Unable {
  const can = (wanted: CapabilityReport["name"]) =>
    capabilities.some(({ name, available }) => name === wanted && available);
  const [answers, binds] = [can("RawSockets"), can("BindAddresses")];
  return {
    links: (links) =>
      answers
        ? links
        : links.map((link) => ({ skipped: "can't be listened on without raw sockets", ...link })),
    world: (world) => (binds ? world : { ...world, addresses: withoutBound(world) }),
  };
}

function withoutBound({ node, addresses }: World): WorldAddress[] {
  // Most addresses have the same list of candidates, one object: so it stays.
  const lists = new Map<readonly Candidate[], readonly Candidate[]>();
  return addresses.map((each) => {
    if (each.mode !== "Bind") return each;
    const others =
      lists.get(each.candidates) ?? each.candidates.filter((candidate) => candidate.node !== node);
    lists.set(each.candidates, others);
    return { ...each, candidates: others };
  });
}
