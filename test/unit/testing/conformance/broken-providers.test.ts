import { afterAll, describe, expect, test } from "@jest/globals";
import { applianceHarness } from "../../../../examples/custom-provider/harness.ts";
import { createApplianceProvider } from "../../../../examples/custom-provider/provider.ts";
import { type GraphProvider, isCloudError } from "../../../../src/index.ts";
import { providerConformance } from "../../../../src/testing/index.ts";

const harness = await applianceHarness();
afterAll(() => harness.stop());

/** Runs one test of the suite, as a test runner does; gives the message with which it fails. */
async function failureOf(provider: () => GraphProvider, name: string): Promise<string | undefined> {
  const tests = new Map<string, () => Promise<void>>();
  providerConformance(provider, harness, {
    describe: (_name, body) => body(),
    test: (each, body) => void tests.set(each, body),
  });
  const body = tests.get(name);
  if (body === undefined) throw new Error(`The suite has no test "${name}"`);
  return body().then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

type Actions = GraphProvider["actions"][string];

function withActions(change: (actions: Actions) => Partial<Actions>): () => GraphProvider {
  return () => {
    const provider = createApplianceProvider();
    const [[kind, actions]] = Object.entries(provider.actions) as [[string, Actions]];
    return { ...provider, actions: { [kind]: { ...actions, ...change(actions) } } };
  };
}

interface Mistake {
  readonly mistake: string;
  readonly provider: () => GraphProvider;
  /** A test that has to fail, and the guarantee that it has to name. */
  readonly caughtBy: string;
  readonly guarantee: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    mistake: "puts its mark on after the creation",
    provider: withActions((actions) => ({
      async create(operation, context) {
        const bare = { ...operation, fields: { ...operation.fields, name: `${Math.random()}`, tags: {} } };
        const made = await actions.create(bare, context);
        const { fields } = operation;
        const update = {
          ...operation,
          do: "update",
          step: "whole",
          observed: {},
          cloudId: made.cloudId,
        } as const;
        return {
          cloudId: made.cloudId,
          fields: (await actions.update({ ...update, fields }, context)) ?? fields,
        };
      },
    })),
    caughtBy: "create: the end is the same if the process dies after any of its calls",
    guarantee:
      /Law 8: .*nothing doubled\.\nSeen: the process dies after call 1 \(POST .*too much in the cloud/s,
  },
  {
    mistake: "takes a name for a mark",
    provider: () => {
      const provider = createApplianceProvider();
      return {
        ...provider,
        async observe(stacks, signal) {
          const found = await provider.observe(stacks, signal);
          return new Map([...found].map(([key, all]) => [key, all.map((each) => ({ ...each, ours: true }))]));
        },
      };
    },
    caughtBy: "what had our mark once and has it no more is left alone, whatever its name is",
    guarantee: /Law 3: a name or a place in status is no mark/,
  },
  {
    mistake: "forgets the cluster in its mark",
    provider: () => {
      const provider = createApplianceProvider();
      return {
        ...provider,
        start: (context) => provider.start?.({ ...context, clusterUid: "always-the-same" }),
      };
    },
    caughtBy: "two clusters with the same names in one cloud do not meet",
    guarantee: /Law 3: what another cluster has marked is never changed or deleted/,
  },
  {
    mistake: "leaves behind what it says it has deleted",
    provider: withActions(() => ({ delete: async () => {} })),
    caughtBy: "a load balancer comes, has an address, and leaves nothing behind",
    guarantee: /Nothing is left in the cloud after a deletion\.\nSeen: too much in the cloud: virtual-server/,
  },
  {
    mistake: "can't tell that nothing has changed",
    provider: () => {
      const provider = createApplianceProvider();
      const [[kind, rules]] = Object.entries(provider.rules) as [[string, GraphProvider["rules"][string]]];
      return { ...provider, rules: { [kind]: { ...rules, equal: () => false } } };
    },
    caughtBy: "a load balancer comes, has an address, and leaves nothing behind",
    guarantee: /Law 7: what is as it is wanted comes to rest/,
  },
  {
    mistake: "throws errors without a class",
    provider: withActions((actions) => ({
      create: (operation, context) =>
        actions.create(operation, context).catch((error: unknown) => {
          throw isCloudError(error) ? new Error(error.message) : error;
        }),
    })),
    caughtBy: "an error of class quota is told as QuotaExceeded, tried again slowly, and cured from outside",
    guarantee: /Law 6: a cloud's "quota" is the reason QuotaExceeded.*\nSeen: .*Retrying/s,
  },
  {
    mistake: "changes its facts into what JSON can't hold",
    provider: () => ({ ...createApplianceProvider(), facts: async () => new Map() as never }),
    caughtBy: "a load balancer comes, has an address, and leaves nothing behind",
    guarantee: /facts are plain JSON data/,
  },
];

describe("the conformance suite catches a provider that", () => {
  for (const { mistake, provider, caughtBy, guarantee } of mistakes) {
    test(mistake, async () => {
      expect(await failureOf(provider, caughtBy)).toMatch(guarantee);
    });
  }
});
