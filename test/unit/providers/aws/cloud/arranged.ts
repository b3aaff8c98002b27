/** The provider against a simulated AWS, driven as the controller drives it: facts, claims, desire, observe, plan, execute. */
import { afterAll, beforeAll, beforeEach, expect, jest } from "@jest/globals";
import { type Execution, execute } from "../../../../../src/controllers/load-balancer/execute.ts";
import { isCloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { plan } from "../../../../../src/core/plan/plan.ts";
import { resolveShared } from "../../../../../src/core/plan/reference.ts";
import type {
  DesiredResource,
  Fields,
  ObservedResource,
  Plan,
  PlanPolicy,
} from "../../../../../src/core/plan/types.ts";
import { createAws } from "../../../../../src/providers/aws/index.ts";
import type { TargetsFields } from "../../../../../src/providers/aws/model/resources.ts";
import { adoptionPolicy, controllerPolicy } from "../../../../../src/providers/aws/permissions.ts";
import type { GraphProvider, Member, Stack, StackRef } from "../../../../../src/providers/provider.ts";
import { type AwsSimulator, startAws } from "../../../../simulators/aws/index.ts";
import { arrangeNetwork, type Network } from "../../../../simulators/aws/network.ts";
import type { AwsOptions } from "../../../../simulators/aws/types.ts";
import { member, node, stackWith, type Wanted } from "../desire/world.ts";
import { hurriedClock } from "./hurried-clock.ts";

/** Where moto has to be installed first, that takes its time. */
const patienceMs = 300_000;
const clusterUid = "11111111-2222-3333-4444-555555555555";
const { signal } = new AbortController();

export interface Applied {
  readonly planned: Plan;
  readonly execution: Execution;
}

export interface Arranged {
  readonly aws: AwsSimulator;
  readonly network: Network;
  readonly provider: GraphProvider;
  /** A provider that remembers nothing, as after a restart. */
  restarted(): GraphProvider;
  /** A stack of one member on the nodes of the network. */
  stack(wanted?: Wanted, more?: Partial<Stack>): Stack;
  member(wanted?: Wanted): Member;
  observe(stack: Pick<Stack, "key" | "cls">, more?: Partial<StackRef>): Promise<readonly ObservedResource[]>;
  /** Plans what the stack needs, shared things first; changes nothing of the stack itself. */
  planned(stack: Stack, policy?: Partial<PlanPolicy>, ref?: Partial<StackRef>): Promise<Plan>;
  apply(stack: Stack, policy?: Partial<PlanPolicy>, ref?: Partial<StackRef>): Promise<Applied>;
  /** As `apply`, again as long as something is only to be tried again. Throws for what is not. */
  settle(stack: Stack, policy?: Partial<PlanPolicy>): Promise<Plan>;
  /** Takes the stack back. */
  remove(stack: Stack): Promise<Applied>;
  /** As `remove`, again as long as something is only to be tried again. */
  removeAll(stack: Stack): Promise<void>;
  /** Names and numbers of the calls since `clearCalls`. */
  calls(): Record<string, number>;
  run(planned: Pick<Plan, "operations">, stack: Pick<Stack, "key" | "cls">): Promise<Execution>;
}

/** Call it once in a file. Every test has an AWS of its own with one network. */
export function arranged(options: AwsOptions = {}): () => Arranged {
  jest.setTimeout(60_000);
  let aws: AwsSimulator | undefined;
  let made: Arranged | undefined;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = "operator";
    process.env.AWS_SECRET_ACCESS_KEY = "simulated";
    // What the policies in docs/aws do not allow is refused to the provider.
    aws = await startAws({ policies: { operator: [controllerPolicy(), adoptionPolicy()] }, ...options });
  }, patienceMs);
  beforeEach(async () => {
    if (aws === undefined) throw new Error("The simulated AWS is not there");
    await aws.reset();
    made = arrange(aws, await arrangeNetwork(aws, { ipv6: true }));
  }, patienceMs);
  afterAll(async () => {
    await aws?.stop();
    expect(aws?.refused).toEqual([]);
  });
  return () => {
    if (made === undefined) throw new Error("The simulated AWS is there in tests only");
    return made;
  };
}

function arrange(aws: AwsSimulator, network: Network): Arranged {
  const start = (): GraphProvider => {
    const provider = createAws() as GraphProvider;
    provider.start?.({ clusterUid, clock: hurriedClock() });
    return provider;
  };
  const provider = start();
  const settings = { region: aws.region, endpoints: { elbv2: aws.endpoint, ec2: aws.endpoint } };
  const policyWith = (policy: Partial<PlanPolicy>): PlanPolicy => ({
    replacement: "Allow",
    drift: "Repair",
    deletion: "Delete",
    ...policy,
  });
  const memberOf = (wanted: Wanted = {}): Member =>
    member({ ...wanted, cls: { ...settings, ...wanted.cls } });
  const run: Arranged["run"] = (planned, { key, cls }) =>
    execute(planned, provider.actions, { signal, stack: key, cls, documents: provider.documents });
  const observe: Arranged["observe"] = async ({ key, cls }, more = {}) => {
    const found = await provider.observe([{ key, cls, shared: false, adopt: [], ...more }], signal);
    return found.get(key) ?? [];
  };

  /** Widens what is shared for this stack alone, and resolves what points there. */
  async function prepared(stack: Stack): Promise<readonly DesiredResource[]> {
    const facts = await provider.facts(stack, signal);
    const there = new Map<string, readonly ObservedResource[]>();
    for (const { on, needs } of provider.claims?.(stack, facts) ?? []) {
      const wanted = provider.desireShared?.({ key: on, claims: [{ stack: stack.key, needs }] });
      const at = { key: on, cls: stack.cls };
      const observed = await observe(at, { shared: true });
      const planned = plan(wanted?.resources ?? [], observed, provider.rules, policyWith({}));
      const widening = planned.operations.filter((operation) => operation.do !== "delete");
      if (widening.length > 0) requireDone(await run({ operations: widening }, at));
      there.set(on, widening.length > 0 ? await observe(at, { shared: true }) : observed);
    }
    const { resources, problems } = provider.desire(stack, facts);
    const told = [...problems.values()].flat();
    if (resources.length === 0 && told.length > 0)
      throw new Error(told.map(({ message }) => message).join("; "));
    const fail = (key: string, id: string): never => {
      throw new Error(`"${id}" of "${key}" does not exist`);
    };
    return resources.map((resource) => ({
      ...resource,
      fields: resolveShared(
        resource.fields,
        (key, id) => there.get(key)?.find((one) => one.id === id),
        fail,
      ) as Fields,
    }));
  }

  const planned: Arranged["planned"] = async (stack, policy = {}, ref = {}) => {
    const resources = await prepared(stack);
    const adopt = resources.flatMap((resource) => resource.adopt ?? []);
    const observed = await observe(stack, { adopt, ...ref });
    return plan(resources, observed, provider.rules, policyWith(policy));
  };

  const apply: Arranged["apply"] = async (stack, policy, ref) => {
    const whole = await planned(stack, policy, ref);
    return { planned: whole, execution: await run(whole, stack) };
  };
  const remove: Arranged["remove"] = async (stack) => {
    const whole = plan([], await observe(stack), provider.rules, policyWith({}));
    return { planned: whole, execution: await run(whole, stack) };
  };
  return {
    aws,
    network,
    provider,
    restarted: start,
    member: memberOf,
    stack(wanted = {}, more = {}) {
      const nodes = network.nodes.map(({ providerID }, index) => node(String(index), {}, providerID));
      return { ...stackWith([memberOf(wanted)], { nodes }), ...more };
    },
    observe,
    planned,
    apply,
    remove,
    async settle(stack, policy) {
      const first = await apply(stack, policy);
      await again(first, () => apply(stack, policy));
      return first.planned;
    },
    async removeAll(stack) {
      await again(await remove(stack), () => remove(stack));
    },
    calls: () => countBy(aws.calls.map(({ operation }) => operation)),
    run,
  };
}

const mostAttempts = 6;

async function again(first: Applied, attempt: () => Promise<Applied>): Promise<void> {
  let { execution } = first;
  for (let count = 1; !execution.complete; count++) {
    const wrong = errorsOf(execution).find((error) => !isCloudError(error) || error.class !== "retry");
    if (wrong !== undefined || count >= mostAttempts) requireDone(execution);
    ({ execution } = await attempt());
  }
}

export function requireDone(execution: Execution): void {
  for (const [key, result] of execution.results) {
    if (result.ended === "failed") throw new Error(`${key}: ${String(result.error)}`);
  }
}

export function errorsOf(execution: Execution): unknown[] {
  return [...execution.results.values()].flatMap((result) =>
    result.ended === "failed" ? [result.error] : [],
  );
}

/** Ids of who is registered behind port 80, sorted. */
export function targetsIn(observed: readonly ObservedResource[]): string[] {
  const fields = observed.find(({ id }) => id === "targets/80")?.fields as TargetsFields | undefined;
  return (fields?.targets ?? []).map(({ id }) => id).sort();
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
