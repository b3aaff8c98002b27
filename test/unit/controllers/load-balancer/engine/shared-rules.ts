/** A firewall that many stacks need rules of, and the shared stacks on it: each claim needs ports, which a test may have joined. */
import type { LoadBalancerClass } from "../../../../../src/api/load-balancer-class.ts";
import { createSharedStacks } from "../../../../../src/controllers/load-balancer/engine/shared-stacks.ts";
import { createVerifyTimes } from "../../../../../src/controllers/load-balancer/engine/verify-times.ts";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import type { Fields, ObservedResource, Operation } from "../../../../../src/core/plan/types.ts";
import type { GraphProvider } from "../../../../../src/providers/provider.ts";
import { silentLogger } from "../../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../../src/testing/fake-clock.ts";
import { toyClass } from "./toy-network.ts";

export const minute = 60_000;
export const hour = 60 * minute;

/** What came of a call: "done", or the message of what was thrown. */
export type Came = string;

export interface SharedRulesOptions {
  /** All rules are written in one go, as those of one security group are. */
  readonly asDocument?: boolean;
  /** The ranges of ports that rules are made for, as "80-443". Default: each port for itself. */
  readonly join?: (ports: readonly number[]) => readonly string[];
  /** Whether everybody has said what he needs. */
  readonly isComplete?: () => boolean;
}

export function sharedRules({ asDocument = false, join, isComplete = () => true }: SharedRulesOptions = {}) {
  const clock = createFakeClock();
  const there = new Map<string, ObservedResource>();
  /** `create 80`, `delete 443`, `observe`, in their order. */
  const calls: string[] = [];
  const woken: string[] = [];
  const world = { refuse: (_call: string): void => {}, room: Number.POSITIVE_INFINITY };
  const write = (operation: Operation): void => {
    const call = `${operation.do} ${operation.id}`;
    calls.push(call);
    world.refuse(call);
    if (operation.do === "delete") there.delete(operation.id);
    else there.set(operation.id, made(operation.id, operation.fields));
  };
  const made = (id: string, fields: Fields): ObservedResource => ({
    id,
    kind: "rule",
    cloudId: id,
    fields,
    dependsOn: [],
    ours: true,
    ...(asDocument && { document: "group" }),
  });
  const portsOf = (needs: unknown) => needs as readonly number[];
  const provider: Partial<GraphProvider> = {
    desireShared: ({ claims }) => {
      const ports = [...new Set(claims.flatMap(({ needs }) => portsOf(needs)))].sort((a, b) => a - b);
      const ids = join?.(ports) ?? ports.map(String);
      const resources = ids.map((id) => ({
        id,
        kind: "rule",
        fields: { range: id },
        dependsOn: [],
        members: [],
        ...(asDocument && { document: "group" }),
      }));
      return { resources, problems: new Map() };
    },
    rules: { rule: { change: () => "replace", replace: "create-first", changesAddress: false } },
    actions: {
      rule: {
        create: async (operation) => {
          write(operation);
          return { cloudId: operation.id };
        },
        update: async () => undefined,
        delete: async (operation) => write(operation),
        release: async ({ id }) => {
          const rule = there.get(id);
          if (rule !== undefined) there.set(id, { ...rule, ours: false });
        },
      },
    },
    documents: {
      async write(_document, operations) {
        for (const { do: what, id } of operations) world.refuse(`${what} ${id}`);
        calls.push(operations.map(({ do: what, id }) => `${what} ${id}`).join(", "));
        const coming = operations.filter((each) => each.do !== "delete");
        const going = operations.length - coming.length;
        if (there.size - going + coming.length > world.room) throw new CloudError("quota", "no room");
        for (const { id } of operations) there.delete(id);
        for (const { id, fields } of coming) there.set(id, made(id, fields));
        return new Map(coming.map(({ id }) => [id, { cloudId: id }]));
      },
    },
  };
  const start = () =>
    createSharedStacks({
      provider: provider as GraphProvider,
      observer: {
        observe: async () => {
          calls.push("observe");
          return [...there.values()];
        },
        poll: async () => [],
      },
      clock,
      times: createVerifyTimes({ clock, random: () => 0.5, periodMs: hour }),
      longestMs: hour,
      guard: () => {},
      signal: new AbortController().signal,
      logger: silentLogger,
      isComplete: () => isComplete(),
      missing: () => [],
      complete: async () => {},
      moved: (stacks) => woken.push(...stacks),
    });
  let shared = start();
  const { signal } = new AbortController();
  const came = (call: Promise<void>): Promise<Came> =>
    call.then(
      () => "done",
      (error: unknown) => (error as Error).message,
    );
  const claim = (name: string, ports: readonly number[], o: ClaimOptions = {}): void => {
    const cls: LoadBalancerClass = toyClass("one", { deletion: o.deletion ?? "Delete" });
    const claims = ports.length === 0 ? [] : [{ on: "firewall", needs: [...ports] }];
    shared.claim(name, cls, claims, o.inUse);
  };
  return {
    calls,
    clock,
    woken,
    world,
    rules: () => [...there.values()].flatMap(({ id, ours }) => (ours ? [id] : [])).sort(),
    /** Somebody deletes a rule by hand. */
    lose: (id: string) => there.delete(id),
    restart: () => {
      shared = start();
    },
    claim,
    /** As a stack does that comes to need these ports, and gets as far as to use them. */
    async needs(name: string, ports: readonly number[], o: ClaimOptions = {}): Promise<Came> {
      claim(name, ports, o);
      const widened = await came(shared.widen(name, signal));
      return widened === "done" ? came(shared.narrow(name)) : widened;
    },
    /** As a stack does of which nothing is left. */
    async goes(name: string, o: ClaimOptions = {}): Promise<Came> {
      claim(name, [], o);
      return came(shared.narrow(name, o.deletion === "Retain"));
    },
    isKnown: (name: string) => shared.isKnown(name),
  };
}

export interface ClaimOptions {
  readonly inUse?: boolean;
  readonly deletion?: "Delete" | "Retain";
}

export function refusing(
  pattern: RegExp,
  as: ConstructorParameters<typeof CloudError>[0],
): (call: string) => void {
  return (call) => {
    if (pattern.test(call)) throw new CloudError(as, `no ${call}`);
  };
}
