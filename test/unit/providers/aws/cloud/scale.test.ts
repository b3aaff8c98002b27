import { describe, expect, test } from "@jest/globals";
import { createFacts } from "../../../../../src/providers/aws/facts/facts.ts";
import { createObserve, createStacks } from "../../../../../src/providers/aws/observe/observe.ts";
import { createFakeClock } from "../../../../../src/testing/fake-clock.ts";
import { member, node, stackWith } from "../desire/world.ts";
import { largeAccount } from "./large-account.ts";

const { signal } = new AbortController();
const names = Array.from({ length: 1000 }, (_, index) => `web-${index}`);
const cls = member().cls;
const sum = (reads: Record<string, number>): number => Object.values(reads).reduce((a, b) => a + b, 0);

test("what a thousand stacks have is found in fewer than two hundred reads, beside others", async () => {
  const account = largeAccount(
    names.map((name) => `shop/${name}`),
    createFakeClock(),
  );
  const observe = createObserve(account.cloud);
  const refs = names.map((name) => ({ key: `shop/${name}`, cls, shared: false, adopt: [] }));
  const found = await observe(refs, signal);
  expect([...found.values()].map((resources) => resources.map(({ kind }) => kind))).toEqual(
    names.map(() => ["load-balancer", "target-group", "targets", "listener"]),
  );
  const { DescribeListeners, DescribeListenerAttributes, ...others } = account.reads;
  const { DescribeLoadBalancerAttributes, DescribeTargetGroupAttributes, DescribeTargetHealth, ...finding } =
    others;
  // AWS tells these of one thing in a call.
  expect([
    DescribeListeners,
    DescribeListenerAttributes,
    DescribeLoadBalancerAttributes,
    DescribeTargetGroupAttributes,
    DescribeTargetHealth,
  ]).toEqual(Array.from({ length: 5 }, () => 1000));
  // Lists of 1,500 in pages of 400, tags of 3,000 of ours by 20, and once those of 500 load balancers of others.
  expect(finding).toEqual({
    DescribeLoadBalancers: 4,
    DescribeTargetGroups: 4,
    DescribeSecurityGroups: 1,
    DescribeTags: 175,
  });
});

test("who asks for little is not kept waiting by who asks for much", async () => {
  const account = largeAccount(
    names.map((name) => `shop/${name}`),
    createFakeClock(),
  );
  let asked = 0;
  let most = 0;
  account.hold(async () => {
    asked += 1;
    most = Math.max(most, asked);
    await new Promise((resolve) => setImmediate(resolve));
    asked -= 1;
  });
  const refs = names.map((name) => ({ key: `shop/${name}`, cls, shared: false, adopt: [] }));
  await createObserve(account.cloud)(refs, signal);
  // Of a rate of ten in a second, these are what others wait for.
  expect(most).toBeLessThanOrEqual(40);
});

test("a read that fails ends the look, and what has not been asked by then is not asked", async () => {
  const account = largeAccount(
    names.map((name) => `shop/${name}`),
    createFakeClock(),
  );
  account.hold(async () => {
    if ((account.reads.DescribeTargetHealth ?? 0) > 10) throw new Error("no more");
  });
  const refs = names.map((name) => ({ key: `shop/${name}`, cls, shared: false, adopt: [] }));
  await expect(createObserve(account.cloud)(refs, signal)).rejects.toThrow("no more");
  const soon = sum(account.reads);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sum(account.reads)).toBeLessThan(soon + 50);
  expect(account.reads.DescribeTargetHealth).toBeLessThan(50);
});

test("which stacks there are is told in fewer than two hundred reads, and then by lists alone", async () => {
  const account = largeAccount(
    names.map((name) => `shop/${name}`),
    createFakeClock(),
  );
  const stacks = createStacks(account.cloud);
  expect((await stacks(cls, signal)).map(({ key }) => key)).toEqual(
    names.map((name) => `shop/${name}`).sort(),
  );
  const first = sum(account.reads);
  expect(first).toBeLessThan(200);
  await stacks(cls, signal);
  expect(sum(account.reads) - first).toBe(9);
});

function factsOf(count: number) {
  const clock = createFakeClock();
  const account = largeAccount([], clock);
  const nodes = Array.from({ length: 300 }, (_, index) => {
    const id = `i-${index.toString(16).padStart(4, "0")}`;
    account.instances.add(id);
    return node(String(index), {}, `aws:///eu-west-1a/${id}`);
  });
  const stacks = names.slice(0, count).map((name) => stackWith([member({ name })], { nodes }));
  return { account, clock, facts: createFacts(account.cloud), nodes, stacks };
}

test("facts cost the same for a thousand stacks as for one, and are as large", async () => {
  const one = factsOf(1);
  const many = factsOf(1000);
  const [single] = await Promise.all(one.stacks.map((stack) => one.facts(stack, signal)));
  const all = await Promise.all(many.stacks.map((stack) => many.facts(stack, signal)));
  expect(JSON.stringify(all.at(-1))).toBe(JSON.stringify(single));
  expect(Object.keys(single?.instances ?? {})).toHaveLength(300);
  // Instances by 200.
  expect(one.account.reads).toEqual({ DescribeInstances: 2, DescribeVpcs: 1, DescribeSubnets: 1 });
  expect(many.account.reads).toEqual(one.account.reads);
});

describe("an instance that EC2 does not show", () => {
  const together = () => {
    const { stacks, ...rest } = factsOf(1);
    const [stack] = stacks;
    if (stack === undefined) throw new Error("There is a stack");
    return { ...rest, stack };
  };

  test("is asked for again after two looks, when its node is next heard of", async () => {
    const { account, clock, facts, nodes, stack } = together();
    const late = { ...stack, nodes: [...nodes, node("late", {}, "aws:///eu-west-1a/i-abcdef")] };
    const first = facts(late, signal);
    await clock.advance(5_000);
    expect((await first).instances).not.toHaveProperty("i-abcdef");
    expect(account.reads.DescribeInstances).toBe(3);
    // Nobody waits for a second look at what two lacked.
    await clock.advance(10_000);
    expect((await facts(late, signal)).instances).not.toHaveProperty("i-abcdef");
    expect(account.reads.DescribeInstances).toBe(4);
    account.instances.add("i-abcdef");
    await clock.advance(10_000);
    expect((await facts(late, signal)).instances).toHaveProperty("i-abcdef");
    expect(account.reads.DescribeInstances).toBe(5);
  });

  test.each([
    ["right after a start", 0],
    ["later", 11 * 60_000],
  ])("in one answer is there still, %s", async (_, afterMs) => {
    const { account, clock, facts, stack } = together();
    if (afterMs > 0) await facts(stack, signal);
    await clock.advance(afterMs);
    const all = [...account.instances];
    account.instances.clear();
    const asked = facts(stack, signal);
    await clock.advance(4_000);
    for (const id of all) account.instances.add(id);
    await clock.advance(1_000);
    expect(Object.keys((await asked).instances)).toHaveLength(300);
  });

  test("in two answers is gone", async () => {
    const { account, clock, facts, stack } = together();
    await facts(stack, signal);
    account.instances.delete("i-0007");
    await clock.advance(11 * 60_000);
    const asked = facts(stack, signal);
    await clock.advance(5_000);
    expect(Object.keys((await asked).instances)).toHaveLength(299);
  });
});

test("a reading goes on as long as one of those who asked waits for it, and is begun anew after", async () => {
  const { account, facts, stacks } = factsOf(2);
  const aborted: boolean[] = [];
  account.hold(
    ({ signal: until }) =>
      new Promise((_, reject) => {
        until.addEventListener("abort", () => {
          aborted.push(true);
          reject(until.reason as Error);
        });
      }),
  );
  const [first, second] = [new AbortController(), new AbortController()];
  const [one, other] = stacks;
  if (one === undefined || other === undefined) throw new Error("There are two stacks");
  const waiting = [facts(one, first.signal), facts(other, second.signal)];
  first.abort(new Error("the first leaves"));
  await expect(waiting[0]).rejects.toThrow("the first leaves");
  expect(aborted).toEqual([]);
  second.abort(new Error("the second leaves"));
  await expect(waiting[1]).rejects.toThrow("the second leaves");
  expect(aborted).not.toEqual([]);
  account.hold(async () => {});
  expect(Object.keys((await facts(one, signal)).instances)).toHaveLength(300);
});
