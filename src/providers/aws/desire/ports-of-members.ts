/** Who has which port of a load balancer that several share, and who goes without. */
import { compareText } from "../../../core/compare-text.ts";
import type { Problem } from "../../provider.ts";
import type { Listening, Listens } from "./listens.ts";
import { degraded, isPending, pending } from "./problems.ts";
import { nameOf, type View } from "./view.ts";

/** A member with what it gets. */
export interface Served {
  readonly view: View;
  readonly listens: readonly Listens[];
}

export interface Shares {
  /** Members that get at least one port, in the order of age. */
  readonly served: readonly Served[];
  /** By member key. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

/** "Quotas for your Network Load Balancers" in the User Guide; it can't be raised. */
const mostListeners = 50;

interface Wish {
  readonly view: View;
  readonly listens: Listens;
  readonly has: boolean;
}

/** A port is whose status has it, then the older member's. A member with a pending problem gets none. */
export function sharePorts(listening: ReadonlyMap<View, Listening>): Shares {
  const problems = new Map([...listening].map(([view, { problems: own }]) => [nameOf(view), [...own]]));
  const wishes = [...listening]
    .filter(([, { problems: own }]) => !own.some(isPending))
    .flatMap(([view, { listens }]) =>
      listens.map((each): Wish => ({ view, listens: each, has: hasPort(view, each) })),
    )
    .sort(
      (a, b) =>
        Number(b.has) - Number(a.has) ||
        compareText(a.view.member.order, b.view.member.order) ||
        a.listens.port - b.listens.port,
    );
  const owners = new Map<number, Wish>();
  const lost = new Map<View, string[]>();
  for (const wish of wishes) {
    const { port } = wish.listens;
    const owner = owners.get(port);
    if (owner === undefined && owners.size < mostListeners) owners.set(port, wish);
    else lost.set(wish.view, [...(lost.get(wish.view) ?? []), whyLost(port, owner)]);
  }
  for (const [view, reasons] of lost) {
    const all = reasons.length === listening.get(view)?.listens.length;
    const taken = reasons.some((reason) => reason.includes("belongs to"));
    const told = (all ? pending : degraded)(taken ? "PortConflict" : "QuotaExceeded", reasons.join("; "));
    problems.get(nameOf(view))?.push(told);
  }
  const served = [...listening.keys()].flatMap((view): Served[] => {
    const mine = [...owners.values()].filter((wish) => wish.view === view).map(({ listens }) => listens);
    const listens = mine.sort((a, b) => a.port - b.port);
    return listens.length === 0 ? [] : [{ view, listens }];
  });
  return { served, problems: new Map([...problems].filter(([, own]) => own.length > 0)) };
}

function hasPort({ member }: View, { serves }: Listening["listens"][number]): boolean {
  const recorded = member.lb.status?.ports ?? [];
  return serves.some(({ port, protocol }) =>
    recorded.some((each) => each.port === port && each.protocol === protocol && each.error === undefined),
  );
}

function whyLost(port: number, owner: Wish | undefined): string {
  return owner === undefined
    ? `port ${port} would be one listener more than the ${mostListeners} that an NLB can have`
    : `port ${port} of the shared load balancer belongs to ${nameOf(owner.view)}`;
}
