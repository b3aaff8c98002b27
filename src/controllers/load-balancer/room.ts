/** Counts the load balancers of each class against its maximum (policy.maxLoadBalancers): those already served first, then by age. */
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import { compareOrder } from "../../core/order.ts";
import type { Room } from "../../core/policy.ts";
import { splitKey } from "../../runtime/cache/key.ts";

export interface RoomRequest {
  readonly className: string;
  /** `namespace/name` of the LoadBalancer. */
  readonly key: string;
  /** Its place in the order of age. */
  readonly order: string;
  readonly spec: LoadBalancerClassSpec;
}

export interface RoomKeeper {
  /**
   * Asks for room, and keeps it if there is some that no older one waits for. Who has room has it until `leave`, whatever becomes of
   * the maximum: a lowered one takes nothing away.
   */
  enter(request: RoomRequest): Room;
  /** Counts one that is already served, without asking. */
  admit(className: string, key: string): void;
  /** Gives room up. Returns who of the same class was told that there is none, oldest first. */
  leave(key: string): readonly string[];
  /** Who of this class was told that there is no room, oldest first: to be asked again when the maximum is raised. */
  waiting(className: string): readonly string[];
}

interface Rooms {
  /** Keys of those that have room. */
  readonly admitted: Set<string>;
  /** Keys of those that were told that there is none, with their order. */
  readonly waiting: Map<string, string>;
}

export function createRoomKeeper(): RoomKeeper {
  const byClass = new Map<string, Rooms>();
  const classOf = new Map<string, string>();
  const roomsOf = (className: string): Rooms => {
    const rooms = byClass.get(className) ?? { admitted: new Set(), waiting: new Map() };
    byClass.set(className, rooms);
    return rooms;
  };
  const admit = (className: string, key: string) => {
    const { admitted, waiting } = roomsOf(className);
    admitted.add(key);
    waiting.delete(key);
    classOf.set(key, className);
  };
  return {
    admit,
    enter({ className, key, order, spec }) {
      const { admitted, waiting } = roomsOf(className);
      if (admitted.has(key)) return { free: true };
      const limits = spec.policy.maxLoadBalancers ?? {};
      let room = roomFor(key, admitted, limits);
      if (room.free && waiting.size > 0) {
        const taken = new Set(admitted);
        // Whoever is older and fits comes first, though it may not have come round to asking again yet.
        for (const older of sorted(waiting)) {
          if (compareOrder(waiting.get(older) ?? "", order) >= 0) break;
          if (older !== key && roomFor(older, taken, limits).free) taken.add(older);
        }
        room = roomFor(key, taken, limits);
      }
      if (room.free) admit(className, key);
      else {
        waiting.set(key, order);
        classOf.set(key, className);
      }
      return room;
    },
    leave(key) {
      const className = classOf.get(key);
      if (className === undefined) return [];
      const { admitted, waiting } = roomsOf(className);
      classOf.delete(key);
      // One that leaves the line makes way too: for those behind it.
      return admitted.delete(key) || waiting.delete(key) ? sorted(waiting) : [];
    },
    waiting: (className) => sorted(roomsOf(className).waiting),
  };
}

function roomFor(
  key: string,
  taken: ReadonlySet<string>,
  {
    total,
    perNamespace,
  }: { readonly total?: number | undefined; readonly perNamespace?: number | undefined },
): Room {
  if (total !== undefined && taken.size >= total) return { free: false, limit: "maximum", maximum: total };
  if (perNamespace === undefined) return { free: true };
  const namespace = splitKey(key).namespace ?? "";
  const here = [...taken].filter((each) => splitKey(each).namespace === namespace).length;
  if (here < perNamespace) return { free: true };
  return { free: false, limit: `maximum per namespace (here "${namespace}")`, maximum: perNamespace };
}

function sorted(waiting: ReadonlyMap<string, string>): string[] {
  return [...waiting].sort(([, a], [, b]) => compareOrder(a, b)).map(([key]) => key);
}
