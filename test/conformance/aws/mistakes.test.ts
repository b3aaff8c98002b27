import { afterAll, describe, expect, test } from "@jest/globals";
import type { GraphProvider, ObservedResource } from "../../../src/index.ts";
import { createAws } from "../../../src/providers/aws/index.ts";
import { failureOf, type Mistake } from "../support/failure-of.ts";
import { awsHarness } from "./harness.ts";

const harness = await awsHarness();
afterAll(() => harness.stop());

const aws = (): GraphProvider => createAws({ random: () => 0.5 }) as GraphProvider;

type Rules = GraphProvider["rules"][string];
type Actions = GraphProvider["actions"][string];

function withRules(kind: string, change: Partial<Rules>): () => GraphProvider {
  return () => {
    const provider = aws();
    const rules = provider.rules[kind] as Rules;
    return { ...provider, rules: { ...provider.rules, [kind]: { ...rules, ...change } } };
  };
}

function withActions(kind: string, change: (actions: Actions) => Partial<Actions>): () => GraphProvider {
  return () => {
    const provider = aws();
    const actions = provider.actions[kind] as Actions;
    return { ...provider, actions: { ...provider.actions, [kind]: { ...actions, ...change(actions) } } };
  };
}

function withObserved(change: (resource: ObservedResource) => ObservedResource): () => GraphProvider {
  return () => {
    const provider = aws();
    return {
      ...provider,
      async observe(stacks, signal) {
        const found = await provider.observe(stacks, signal);
        return new Map([...found].map(([key, all]) => [key, all.map(change)]));
      },
    };
  };
}

/** Those of the features that the appliance does not have. */
const mistakes: readonly Mistake[] = [
  {
    mistake: "sees the pods of the beginning only",
    provider: () => {
      const provider = aws();
      let first: Parameters<typeof provider.desire>[0]["endpointSlices"] | undefined;
      return {
        ...provider,
        desire(stack, facts) {
          if (stack.endpointSlices.size > 0) first ??= stack.endpointSlices;
          return provider.desire({ ...stack, endpointSlices: first ?? stack.endpointSlices }, facts);
        },
      };
    },
    caughtBy: "pods that come and go are followed, and there is always one that serves",
    guarantee: /Traffic goes to a pod that came/,
  },
  {
    mistake: "takes out old pods before it brings in new ones",
    provider: withActions("targets", (actions) => ({
      async update(operation, context) {
        const none = { ...operation.fields, targets: [] };
        await actions.update({ ...operation, fields: none }, context);
        const observed = { ...operation.observed, targets: [] };
        return actions.update({ ...operation, observed }, context);
      },
    })),
    caughtBy: "pods that come and go are followed, and there is always one that serves",
    guarantee: /What serves goes only after its successor came/,
  },
  {
    mistake: "does not know that another scheme is another address",
    provider: withRules("load-balancer", { changesAddress: false }),
    caughtBy:
      "a change of scheme is held until it is acknowledged; then the new one comes before the old one goes",
    guarantee: /Law 9: what moves an address waits for an acknowledgement/,
  },
  {
    mistake: "deletes before it creates",
    provider: withRules("load-balancer", { replace: "delete-first" }),
    caughtBy: "a class that allows replacements needs no acknowledgement",
    guarantee: /A replacement is create-before-delete: of each kind there is always one/,
  },
  {
    mistake: "gives every Service a load balancer, whatever its group",
    provider: () => ({ ...aws(), stackOf: ({ key }) => key }),
    caughtBy:
      "those of one group share an address; each keeps its own when others leave; the last one takes all along",
    guarantee: /Those of one group have one address/,
  },
  {
    mistake: "does not say who has the port",
    provider: () => {
      const provider = aws();
      return {
        ...provider,
        desire(stack, facts) {
          const { resources, problems } = provider.desire(stack, facts);
          const vague = [...problems].map(
            ([key, all]) => [key, all.map((each) => ({ ...each, message: "the port is taken" }))] as const,
          );
          return { resources, problems: new Map(vague) };
        },
      };
    },
    caughtBy: "a port belongs to who has it: the loser is told who, and gets it when it is free",
    guarantee: /Law 12: the loser's condition is PortConflict and names the winner/,
  },
  {
    mistake: "makes a new one beside what is to be adopted",
    provider: () => {
      const provider = aws();
      return {
        ...provider,
        desire(stack, facts) {
          const { resources, problems } = provider.desire(stack, facts);
          return { problems, resources: resources.map((each) => ({ ...each, adopt: undefined })) };
        },
      };
    },
    caughtBy: "what was made by hand is taken over as it stands, and from then on it is ours",
    guarantee: /What may be adopted is served/,
  },
  {
    mistake: "takes over what another cluster has",
    provider: withObserved((resource) => (resource.ours ? resource : { ...resource, adoption: "allowed" })),
    caughtBy: "what another cluster has marked is not adopted, and nothing is made in its place",
    guarantee: /Law 3: what another cluster marked is never adopted/,
  },
  {
    mistake: "leaves its mark on what it hands back",
    provider: withActions("load-balancer", () => ({ release: async () => {} })),
    caughtBy: "what is released stays as it is, without our mark, and nothing is done to it any more",
    guarantee: /The object of what was released can be deleted/,
  },
  {
    mistake: "keeps what the load balancer that it hands back has of what is shared",
    provider: withActions("node-rule", () => ({ release: async () => {} })),
    caughtBy: "what is released stays as it is, without our mark, and nothing is done to it any more",
    guarantee: /A release takes nothing away/,
  },
];

describe("the conformance suite catches a provider for AWS that", () => {
  for (const { mistake, provider, caughtBy, guarantee } of mistakes) {
    test(mistake, async () => {
      expect(await failureOf(provider, harness, caughtBy)).toMatch(guarantee);
    }, 60_000);
  }
});
