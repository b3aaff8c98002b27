/** A provider that is watched: what the contract says of its pure parts is checked whenever the engine asks them. */
import { canonical } from "../../core/plan/json.ts";
import type { Json } from "../../core/plan/types.ts";
import type { Desired, GraphProvider, Stack } from "../../providers/provider.ts";

/** `broken` is told each guarantee that does not hold, with what was seen. */
export function checkedProvider(
  provider: GraphProvider,
  broken: (guarantee: string, seen: string) => void,
): GraphProvider {
  const check = (holds: boolean, guarantee: string, seen: () => string): void => {
    if (!holds) broken(guarantee, seen());
  };
  const checkDesired = (desired: Desired): void => {
    const ids = desired.resources.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    check(twice === undefined, "desire names each resource once", () => `"${twice}" twice`);
    for (const { id, kind, document, fields } of desired.resources) {
      check(
        provider.rules[kind] !== undefined,
        "every kind that is desired has rules",
        () => `kind "${kind}" has none`,
      );
      const isWritten = document === undefined ? provider.actions[kind] : provider.documents;
      check(
        isWritten !== undefined,
        "every kind that is desired has actions",
        () => `kind "${kind}" has none`,
      );
      check(isPlain(fields), "fields are plain JSON", () => `those of "${id}" are not`);
    }
  };
  const { desireShared } = provider;
  const watched: Partial<GraphProvider> = {
    async facts(stack, signal) {
      const facts = await provider.facts(stack, signal);
      const text = "facts are plain JSON data, so that they can be kept in a file and planned by offline";
      check(isPlain(facts), text, () => "something in them would be lost as JSON");
      return facts;
    },
    desire(stack, facts) {
      const first = provider.desire(stack, facts);
      const again = provider.desire(stack, facts);
      const text = "desire is pure: asked the same, it gives the same";
      check(shown(first) === shown(again), text, () => `${shown(first)} and then ${shown(again)}`);
      checkDesired(first);
      for (const key of first.problems.keys()) {
        const isMember = stack.members.some((member) => member.key === key);
        check(isMember, "problems are by key of a member", () => `"${key}" of ${membersOf(stack)}`);
      }
      return first;
    },
    ...(desireShared !== undefined && {
      desireShared(shared) {
        const desired = desireShared.call(provider, shared);
        checkDesired(desired);
        return desired;
      },
    }),
    async observe(stacks, signal) {
      const found = await provider.observe(stacks, signal);
      for (const { id, kind, ours } of [...found.values()].flat()) {
        const isKnown = !ours || provider.rules[kind] !== undefined;
        check(
          isKnown,
          "what is observed as ours is of a kind with rules",
          () => `"${id}" is of kind "${kind}"`,
        );
      }
      return found;
    },
    result(member, observed) {
      const result = provider.result(member, observed);
      const isSaid = result.addresses.every(({ ip, hostname }) => ip !== undefined || hostname !== undefined);
      check(isSaid, "every address has an ip or a hostname", () => JSON.stringify(result.addresses));
      return result;
    },
  };
  return new Proxy(provider, {
    get(target, key): unknown {
      if (Object.hasOwn(watched, key)) return watched[key as keyof GraphProvider];
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function isPlain(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return typeof value === "string" || typeof value === "boolean";
  if (Array.isArray(value)) return value.every(isPlain);
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlain);
}

function shown({ resources, problems }: Desired): string {
  return canonical({ resources, problems: [...problems] } as unknown as Json);
}

function membersOf({ members }: Stack): string {
  return members.map(({ key }) => key).join(", ") || "nobody";
}
