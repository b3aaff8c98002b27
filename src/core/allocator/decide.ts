/**
 * Decides what one request holds next, from what it and others hold now. Changes nothing.
 *
 * Per wanted family, in this order:
 *   holds one, and its own ports now collide there   → loses it, and is placed anew
 *   holds one, and another is asked for              → moves if that can be had, else keeps it and says why not
 *   holds one                                        → keeps it, whatever became of pools and policy
 *   holds none                                       → is placed
 * What is held of a family that is not wanted any more is released.
 */
import { formatAddress, type IPAddress, type IPFamily, sameAddress } from "../ip/address.ts";
import type {
  AllocationRequest,
  DegradedReason,
  PendingReason,
  Problem,
  ReleasedAddress,
  Sharing,
} from "./contract.ts";
import { contradictionIn, wantedFamilies } from "./contradiction.ts";
import type { Holder } from "./ledger.ts";
import { type Found, findAddress, placeRefusal, portRefusal, type View } from "./search.ts";
import { sharingChange } from "./sharing-change.ts";
import { nameOf } from "./wording.ts";

export type Decision = {
  readonly released: readonly ReleasedAddress[];
  readonly needs: Needs;
} & (
  | {
      readonly state: "held";
      readonly holder: Holder;
      /** Neighbours that change their sharing together with this holder, as they are then. */
      readonly following: readonly Holder[];
      readonly problems: readonly Problem<DegradedReason>[];
    }
  | { readonly state: "pending"; readonly problem: Problem<PendingReason> }
);

/** What is still wanting, so that it can be tried again when it may be had. */
export interface Needs {
  /** Families to be served by automatic choice. */
  readonly families: readonly IPFamily[];
  /** Addresses whose other holders stand in the way. */
  readonly addresses: readonly IPAddress[];
}

interface Draft {
  readonly families: { readonly family: IPFamily; readonly outcome: Outcome }[];
  /** The pool of each address, as it is to be recorded. */
  readonly pools: Partial<Record<IPFamily, string>>;
  /** Nothing but an edit of the request can give it what it lacks. */
  readonly contradicted: boolean;
  readonly released: ReleasedAddress[];
  readonly problems: Problem<DegradedReason>[];
}

/** What a family comes to. `kept` with `unmet`: another was asked for and can't be had. */
type Outcome =
  | { readonly kind: "kept"; readonly address: IPAddress; readonly unmet: boolean }
  | { readonly kind: "moved"; readonly address: IPAddress }
  | { readonly kind: "placed"; readonly address: IPAddress }
  | { readonly kind: "missing"; readonly problem: Problem<PendingReason> };

export function decide(view: View, request: AllocationRequest): Decision {
  const before = view.ledger.holder(request.id);
  const draft = draftFamilies(view, request, before, request.sharing);
  const kept = draft.families.flatMap(({ outcome }) => (outcome.kind === "kept" ? [outcome.address] : []));
  const change = sharingChange(view.ledger, request, kept);
  switch (change.kind) {
    case "free":
      return conclude(request, draft, request.sharing);
    case "together":
      return conclude(request, draft, request.sharing, change.following);
    case "refused": {
      // The old sharing stays in force here, so nobody may be joined elsewhere under the new one.
      const again = draftFamilies(view, request, before, undefined);
      const message = `Keeps ${formatAddress(change.at)} and shares it as before, for ${nameOf(change.by)} there has not made the same change; give both the same sharing key, or ask for another address`;
      again.problems.push({ reason: "SharingConflict", message });
      return conclude(request, again, before?.sharing, [], [change.at]);
    }
    default:
      return change satisfies never;
  }
}

function draftFamilies(
  view: View,
  request: AllocationRequest,
  before: Holder | undefined,
  sharing: Sharing | undefined,
): Draft {
  const wanted = wantedFamilies(request);
  const contradiction = contradictionIn(request, wanted);
  const find = (family: IPFamily): Found =>
    contradiction ? { ok: false, problem: contradiction } : findAddress(view, request, family, sharing);
  const held = new Map(before?.addresses.map((address) => [address.family, address]));
  const contradicted = contradiction !== undefined;
  const draft: Draft = { families: [], pools: {}, contradicted, released: [], problems: [] };

  for (const address of held.values()) {
    // Without any family there is nothing to judge by, and nothing is taken from the holder.
    if (wanted.length > 0 && !wanted.includes(address.family)) {
      draft.released.push({ address, because: "FamilyNotWanted" });
    }
  }
  for (const family of wanted.length > 0 ? wanted : held.keys()) {
    const address = held.get(family);
    const seat = address && view.ledger.seat(address);
    if (address && seat && !portRefusal(view, request, seat)) {
      const ask = contradiction ? { ...request, addresses: [], pool: undefined } : request;
      const from = before?.pools?.[family];
      draft.families.push({ family, outcome: keepOrMove(view, ask, { address, from }, find, draft) });
      continue;
    }
    if (address) draft.released.push({ address, because: "PortConflict" });
    draft.families.push({ family, outcome: place(find(family)) });
  }
  for (const { family, outcome } of draft.families) {
    if (outcome.kind === "missing") continue;
    const from = outcome.kind === "kept" ? before?.pools?.[family] : undefined;
    const now = view.book.poolOf(outcome.address)?.name;
    // What was taken from the pool asked for stays marked so, or the pool's edit would move the address later.
    const pool = from !== undefined && from === request.pool ? from : (now ?? from);
    if (pool !== undefined) draft.pools[family] = pool;
  }
  if (contradiction && draft.families.length === 0) {
    draft.families.push({ family: "IPv4", outcome: { kind: "missing", problem: contradiction } });
  } else if (contradiction) {
    // Of no consequence where nothing is kept: the whole request is pending then.
    draft.problems.push({ reason: "RequestedAddressUnavailable", message: contradiction.message });
  }
  return draft;
}

function place(found: Found): Outcome {
  return found.ok ? { kind: "placed", address: found.address } : { kind: "missing", problem: found.problem };
}

function keepOrMove(
  view: View,
  request: AllocationRequest,
  { address: held, from }: { readonly address: IPAddress; readonly from: string | undefined },
  find: (family: IPFamily) => Found,
  draft: Draft,
): Outcome {
  let unmet = false;
  const isFromPool = from !== undefined && from === request.pool;
  if (asksForAnother(view, request, held, isFromPool)) {
    const found = find(held.family);
    if (found.ok) {
      draft.released.push({ address: held, because: "Moved" });
      return { kind: "moved", address: found.address };
    }
    unmet = true;
    const message = `Keeps ${formatAddress(held)}, for what is asked for can't be had: ${found.problem.message}`;
    draft.problems.push({ reason: "RequestedAddressUnavailable", message });
  }
  const refusal = placeRefusal(view, isFromPool ? request : { ...request, pool: undefined }, held);
  if (refusal) {
    const message = `Keeps ${formatAddress(held)}, which would not be given out now: ${refusal.message}`;
    const reason = refusal.reason === "AddressNotInPool" ? "AddressOutsidePool" : refusal.reason;
    draft.problems.push({ reason, message });
  }
  return { kind: "kept", address: held, unmet };
}

/** `isFromPool`: the address was taken from the pool asked for, whatever pool its range is in by now. */
function asksForAnother(
  { book }: View,
  request: AllocationRequest,
  held: IPAddress,
  isFromPool: boolean,
): boolean {
  const asked = request.addresses.filter(({ family }) => family === held.family);
  if (asked.length > 0) return asked.some((address) => !sameAddress(address, held));
  return request.pool !== undefined && !isFromPool && book.poolOf(held)?.name !== request.pool;
}

/** From the families' outcomes to what the request holds as a whole. */
function conclude(
  request: AllocationRequest,
  draft: Draft,
  sharing: Sharing | undefined,
  following: readonly Holder[] = [],
  contested: readonly IPAddress[] = [],
): Decision {
  const { released, families } = draft;
  const isAsked = (family: IPFamily) => request.addresses.some((address) => address.family === family);
  const missing = families.flatMap(({ family, outcome }) =>
    outcome.kind === "missing" ? [{ family, problem: outcome.problem, asked: isAsked(family) }] : [],
  );
  const addresses = families.flatMap(({ outcome }) => (outcome.kind === "missing" ? [] : [outcome.address]));
  const held = families.some(({ outcome }) => outcome.kind === "kept" || outcome.kind === "moved");
  const wholeOnly = request.familyPolicy === "RequireDualStack" || missing.some(({ asked }) => asked);
  const first = missing.find(({ asked }) => asked) ?? missing[0];

  if (first && (addresses.length === 0 || (wholeOnly && !held))) {
    const wanting = families.map(({ family }) => family);
    return { state: "pending", problem: first.problem, released, needs: needsOf(request, draft, wanting) };
  }
  const problems = [...draft.problems];
  for (const { family, problem } of missing) {
    const message = `Has no ${family} address: ${problem.message}`;
    problems.push({ reason: "SecondFamilyUnavailable", message });
  }
  const unmet = families.flatMap(({ family, outcome }) => (isUnmet(outcome) ? [family] : []));
  return {
    state: "held",
    holder: {
      id: request.id,
      namespace: request.namespace,
      name: request.name,
      order: request.order,
      addresses,
      pools: draft.pools,
      ports: request.ports,
      sharing,
      wanted: request.sharing,
    },
    following: following.map((neighbour) => ({ ...neighbour, sharing: neighbour.wanted })),
    problems: problems.sort((a, b) => weight[a.reason] - weight[b.reason]),
    released,
    needs: needsOf(request, draft, unmet, contested),
  };
}

const weight = {
  AddressOfNode: 0,
  RequestedAddressUnavailable: 1,
  SharingConflict: 2,
  SecondFamilyUnavailable: 3,
  AddressOutsidePool: 4,
  AddressNotAllowed: 5,
  PoolNotAllowed: 6,
} as const satisfies Record<DegradedReason, number>;

function isUnmet(outcome: Outcome): boolean {
  return outcome.kind === "missing" || (outcome.kind === "kept" && outcome.unmet);
}

function needsOf(
  request: AllocationRequest,
  { contradicted }: Draft,
  unmet: readonly IPFamily[],
  contested: readonly IPAddress[] = [],
): Needs {
  if (contradicted) return { families: [], addresses: contested };
  const asked = request.addresses.filter(({ family }) => unmet.includes(family));
  const families = unmet.filter((family) => asked.every((address) => address.family !== family));
  return { families, addresses: [...asked, ...contested] };
}
