/** What goes into the allocator and what comes out: pools, requests, holdings, allocations. */

import type { LabelSelector } from "../../api/meta.ts";
import { compareText } from "../compare-text.ts";
import type { IPAddress, IPFamily } from "../ip/address.ts";
import type { AddressRange } from "../ip/range.ts";

/** A pool whose ranges are in force (see `acceptPools`). */
export interface PoolConfig {
  readonly name: string;
  readonly ranges: readonly AddressRange[];
  /** False: addresses are given out only to who asks for the pool or the address. */
  readonly autoAssign: boolean;
  /** IPv4 addresses that end in .0 or .255, and anycast addresses of IPv6 routers, are not chosen automatically. */
  readonly avoidBuggyIPs: boolean;
  /** 1 is best; 0 comes last. Counts between pools with `allocation` only. */
  readonly priority: number;
  /** Who may use the pool. Its presence, even with nothing in it, puts the pool before all pools without. */
  readonly allocation?: PoolAllocation | undefined;
}

export interface PoolAllocation {
  /** The namespaces named and selected, resolved by the caller; absent: every namespace. */
  readonly namespaces?: ReadonlySet<string> | undefined;
  /** One of them must match the labels of the request; empty: all match. */
  readonly serviceSelectors: readonly LabelSelector[];
}

export interface AllocationPort {
  readonly protocol: string;
  readonly port: number;
}

/** Whom a holder would share its address with: those for whom all three are equal. */
export interface Sharing {
  readonly key: string;
  /** What the traffic goes to, where that matters (policy Local); else empty. */
  readonly backend: string;
  /** Decided by the caller from namespace and policy: who is not in the same scope can't guess their way in. */
  readonly scope: string;
}

/** What a policy leaves of the pools. Absent: no limit. An empty list leaves nothing. Held addresses stay. */
export interface AllocationLimits {
  readonly pools?: readonly string[] | undefined;
  readonly ranges?: readonly AddressRange[] | undefined;
}

export interface AllocationRequest {
  /** Identity of the holder: the UID, so that a namesake never inherits. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In order of preference; at least one. */
  readonly families: readonly IPFamily[];
  readonly familyPolicy: "SingleStack" | "PreferDualStack" | "RequireDualStack";
  /** Addresses asked for, at most one per family; a family left out is chosen automatically. */
  readonly addresses: readonly IPAddress[];
  readonly pool?: string | undefined;
  readonly ports: readonly AllocationPort[];
  readonly sharing?: Sharing | undefined;
  readonly limits?: AllocationLimits | undefined;
  /** Who comes first when not all can be served: compared as text, by code unit, then by `id`. */
  readonly order: string;
}

/** What one holder has. This is what the caller records, and gives to `restore` after a restart. */
export interface Holding {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly order: string;
  /** In the order of the families wanted; at most one per family. */
  readonly addresses: readonly IPAddress[];
  /**
   * The pool each address was taken from. To be recorded as well: without it, an address whose range went from the
   * pool asked for to another would be taken for one that is to move.
   */
  readonly pools?: Readonly<Partial<Record<IPFamily, string>>> | undefined;
  /** The ports in force on these addresses. */
  readonly ports: readonly AllocationPort[];
  /** The sharing in force, which differs from the one asked for while neighbours stand against the change. */
  readonly sharing?: Sharing | undefined;
}

export type PendingReason =
  | "NoPools"
  | "PoolNotFound"
  | "PoolExhausted"
  | "PoolNotAllowed"
  | "AddressNotInPool"
  | "AddressInUse"
  | "AddressOfNode"
  | "AddressNotAllowed"
  | "PortConflict"
  | "SharingConflict"
  | "FamilyUnavailable";

export type DegradedReason =
  | "AddressOfNode"
  | "AddressOutsidePool"
  | "AddressNotAllowed"
  | "PoolNotAllowed"
  | "RequestedAddressUnavailable"
  | "SecondFamilyUnavailable"
  | "SharingConflict";

/** Why something is not as asked for, and what to do about it. */
export interface Problem<Reason extends string> {
  readonly reason: Reason;
  readonly message: string;
}

/** The answer to a request. `released` lists what the holder had before the call and no longer has. */
export type Allocation =
  | {
      readonly state: "held";
      readonly holding: Holding;
      /** What the caller shows as degraded; empty when all is as asked for. Most important first. */
      readonly problems: readonly Problem<DegradedReason>[];
      readonly released: readonly ReleasedAddress[];
    }
  | {
      readonly state: "pending";
      readonly id: string;
      readonly problem: Problem<PendingReason>;
      readonly released: readonly ReleasedAddress[];
    };

export interface ReleasedAddress {
  readonly address: IPAddress;
  /** `FamilyNotWanted` and `Moved` were asked for; `PortConflict`: its own change of ports collided. */
  readonly because: "FamilyNotWanted" | "Moved" | "PortConflict";
}

/** A recorded address that `restore` could not give back, for another holder has the better claim. */
export interface RestoreLoss {
  readonly id: string;
  readonly address: IPAddress;
  readonly problem: Problem<"PortConflict" | "SharingConflict" | "AddressInUse">;
}

/** Counts of one pool. `available` leaves out what automatic choice avoids, and what is a node's own. */
export interface PoolUsage {
  readonly assignedIPv4: bigint;
  readonly assignedIPv6: bigint;
  readonly availableIPv4: bigint;
  readonly availableIPv6: bigint;
}

/** The one order of requests and holders: the stated order, then the id. */
export function compareOrder(
  a: { readonly order: string; readonly id: string },
  b: { readonly order: string; readonly id: string },
): number {
  return compareText(a.order, b.order) || compareText(a.id, b.id);
}

/** Two may share an address exactly if these texts are equal. */
export function sharingGroup({ scope, key, backend }: Sharing): string {
  return JSON.stringify([scope, key, backend]);
}

export function mayShare(a: Sharing | undefined, b: Sharing | undefined): boolean {
  return a !== undefined && b !== undefined && sharingGroup(a) === sharingGroup(b);
}

export function portKey({ protocol, port }: AllocationPort): string {
  return `${protocol}/${port}`;
}
