import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import type { Informers } from "../../../../src/controllers/dependencies.ts";
import { createKept } from "../../../../src/controllers/kept.ts";
import { isOneAwaited } from "../../../../src/controllers/load-balancer/sort-members.ts";

const lb = (name: string) =>
  ({ metadata: { namespace: "shop", name }, spec: { serviceRef: { name, uid: name } } }) as LoadBalancer;

describe("a stack with a member that was deleted by force", () => {
  const arranged = (there: readonly string[]) => {
    const time = { ms: 0 };
    const kept = createKept({ monotonic: () => time.ms });
    const get = (key: string) => (there.includes(key) ? lb(key.slice("shop/".length)) : undefined);
    const informers = { loadBalancers: { get } } as unknown as Informers;
    kept.keep(lb("a"));
    return { time, kept, awaits: (...members: string[]) => isOneAwaited({ kept, informers }, members) };
  };

  test("waits for it as long as it takes, where nobody else is there", () => {
    const { time, awaits, kept } = arranged([]);
    time.ms = 3_600_000;
    expect(awaits("shop/a")).toBe(true);
    kept.drop("shop/a");
    expect(awaits("shop/a")).toBe(false);
  });

  test("does not go without care for more than a minute for the others, however often it is missed", () => {
    const { time, awaits, kept } = arranged(["shop/b"]);
    time.ms = 59_000;
    expect(awaits("shop/a", "shop/b")).toBe(true);
    kept.keep(lb("a"));
    time.ms = 60_000;
    expect(awaits("shop/a", "shop/b")).toBe(false);
  });

  test("is worked on once it is back", () => {
    const { awaits } = arranged(["shop/a", "shop/b"]);
    expect(awaits("shop/a", "shop/b")).toBe(false);
  });
});
