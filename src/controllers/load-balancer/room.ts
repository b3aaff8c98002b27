/** Counts the load balancers of each class against its maximum (policy.maxLoadBalancers), those already served first. */
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import type { Room } from "../../core/policy.ts";
import { splitKey } from "../../runtime/cache/key.ts";

export interface RoomKeeper {
  /**
   * Asks for room, and keeps it if there is some. Who has room has it until `leave`, whatever becomes of the maximum: a lowered one
   * takes nothing away.
   */
  enter(className: string, key: string, spec: LoadBalancerClassSpec): Room;
  /** Counts one that is already served, without asking. */
  admit(className: string, key: string): void;
  /** Gives room up. Returns who of the same class was told that there is none, oldest request first. */
  leave(key: string): readonly string[];
  /** Who of this class was told that there is no room: to be asked again when the maximum is raised. */
  waiting(className: string): readonly string[];
}

export function createRoomKeeper(): RoomKeeper {
  const admitted = new Map<string, Map<string, string>>();
  const classOf = new Map<string, string>();
  const waiting = new Map<string, Set<string>>();
  const membersOf = (className: string) => getOrAdd(admitted, className, () => new Map<string, string>());
  const waitersOf = (className: string) => getOrAdd(waiting, className, () => new Set<string>());

  const admit = (className: string, key: string) => {
    membersOf(className).set(key, splitKey(key).namespace ?? "");
    classOf.set(key, className);
    waitersOf(className).delete(key);
  };
  return {
    admit,
    enter(className, key, spec) {
      const members = membersOf(className);
      if (members.has(key)) return { free: true };
      const { total, perNamespace } = spec.policy?.maxLoadBalancers ?? {};
      const full = (limit: string, maximum: number): Room => {
        waitersOf(className).add(key);
        return { free: false, limit, maximum };
      };
      if (total !== undefined && members.size >= total) return full("maximum", total);
      if (perNamespace !== undefined) {
        const namespace = splitKey(key).namespace ?? "";
        const here = [...members.values()].filter((each) => each === namespace).length;
        if (here >= perNamespace) return full(`maximum per namespace (here "${namespace}")`, perNamespace);
      }
      admit(className, key);
      return { free: true };
    },
    leave(key) {
      for (const keys of waiting.values()) keys.delete(key);
      const className = classOf.get(key);
      if (className === undefined) return [];
      classOf.delete(key);
      membersOf(className).delete(key);
      return [...waitersOf(className)];
    },
    waiting: (className) => [...waitersOf(className)],
  };
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
