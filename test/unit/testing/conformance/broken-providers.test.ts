import { afterAll, describe, expect, test } from "@jest/globals";
import { applianceHarness } from "../../../../examples/custom-provider/harness.ts";
import {
  CloudError,
  type Fields,
  isCloudError,
  type Json,
  type ObservedResource,
} from "../../../../src/index.ts";
import { failureOf, type Mistake } from "../../../conformance/support/failure-of.ts";
import { appliance, taking, withActions, withFields, withRules } from "./wrong-appliance.ts";

const harness = await applianceHarness();
afterAll(() => harness.stop());

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
      const provider = appliance();
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
      const provider = appliance();
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
    provider: withRules({ equal: () => false }),
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
    mistake: "looks at the cloud again though nothing was said to be under way",
    provider: () => {
      const provider = appliance();
      return {
        ...provider,
        result: (member, all) => ({ ...provider.result(member, all), retryAfterMs: 60_000 }),
      };
    },
    caughtBy: "working again costs no call, and the verification of an unchanged load balancer no write",
    guarantee: /is served|Law 7/,
  },
  {
    mistake: "writes what another process made anew",
    provider: () => {
      const life = `${Math.random()}`;
      return withFields((fields) => ({ ...fields, tags: { ...(fields.tags as Fields), life } }))();
    },
    caughtBy: "a restart writes nothing and moves no address",
    guarantee: /Law 4: a restart writes nothing\.\nSeen: PATCH/,
  },
  {
    mistake: "only ever adds ports",
    provider: withActions((actions) => ({
      update: ({ fields, observed, ...rest }, context) => {
        const ports = [...(observed.ports as Json[]), ...(fields.ports as Json[])];
        const unique = [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()];
        return actions.update({ ...rest, observed, fields: { ...fields, ports: unique } }, context);
      },
    })),
    caughtBy: "ports are added, removed and changed, and the address stays",
    guarantee: /A changed load balancer is the same as one made so|comes to rest/,
  },
  {
    mistake: "makes anew what it could change",
    provider: withActions((actions) => ({
      async update(operation, context) {
        await actions.delete({ ...operation, do: "delete", replaced: true }, context);
        const made = await actions.create({ ...operation, do: "create", replaces: [] }, context);
        return made.fields;
      },
    })),
    caughtBy: "ports are added, removed and changed, and the address stays",
    guarantee: /Changes of ports keep the address/,
  },
  {
    mistake: "forgets the stack in its mark",
    provider: () => taking(({ cluster }) => cluster !== undefined),
    caughtBy: "load balancers that share nothing do not touch each other",
    guarantee: /What one leaves behind is what there was without it/,
  },
  {
    mistake: "takes what nobody has marked",
    provider: () => taking(({ cluster }) => cluster === undefined),
    caughtBy: "what others have in the same cloud is left alone",
    guarantee: /Law 3: what does not carry our mark is never changed or deleted/,
  },
  {
    mistake: "takes what is refused for good for what passes",
    provider: withActions((actions) => ({
      create: (operation, context) =>
        actions.create(operation, context).catch((error: unknown) => {
          throw isCloudError(error) ? new CloudError("retry", error.message) : error;
        }),
    })),
    caughtBy: "what the cloud will never take is told as RejectedByCloud, and not tried again before an edit",
    guarantee: /Law 6: a cloud's "invalid" is the reason RejectedByCloud/,
  },
  {
    mistake: "asks a cloud that has no time over and over",
    provider: () => {
      const provider = appliance();
      return {
        ...provider,
        async observe(stacks, signal) {
          for (let times = 0; times < 60; times++)
            try {
              return await provider.observe(stacks, signal);
            } catch (error) {
              if (!isCloudError(error) || error.class !== "retry") throw error;
            }
          throw new CloudError("retry", "it has no time");
        },
      };
    },
    caughtBy: "a cloud that has no time is asked again until it has",
    guarantee: /A cloud that has no time is asked ever more rarely/,
  },
  {
    mistake: "keeps quiet about an edit that failed",
    provider: withActions((actions) => ({
      update: (operation, context) => actions.update(operation, context).catch(() => undefined),
    })),
    caughtBy: "trouble with an edit costs no address",
    guarantee: /Trouble with what is served is told as Degraded/,
  },
  {
    mistake: "keeps quiet about a deletion that failed",
    provider: withActions((actions) => ({
      delete: (operation, context) => actions.delete(operation, context).catch(() => {}),
    })),
    caughtBy:
      "a deletion that the cloud refuses, before its first write or in between, is told, holds the object, and ends once it may",
    guarantee: /Law 2: the finalizer stays while something is left/,
  },
  {
    mistake: "sees the nodes of the beginning only",
    provider: () => {
      const provider = appliance();
      let first: Parameters<typeof provider.desire>[0]["nodes"] | undefined;
      return {
        ...provider,
        desire(stack, facts) {
          first ??= stack.nodes;
          return provider.desire({ ...stack, nodes: first }, facts);
        },
      };
    },
    caughtBy: "nodes that come and go are followed, and a node that changes nothing costs nothing",
    guarantee: /Traffic goes to a node that came/,
  },
  {
    mistake: "empties before it fills",
    provider: withActions((actions) => ({
      async update(operation, context) {
        const { fields } = operation;
        await actions.update({ ...operation, fields: { ...fields, backends: [] } }, context);
        return actions.update(operation, context);
      },
    })),
    caughtBy: "while all nodes are exchanged, there is always one that serves",
    guarantee: /What serves goes only after its successor came/,
  },
  {
    mistake: "sees what it wants to see",
    provider: () => {
      const provider = appliance();
      let ports: Json = [];
      return {
        ...provider,
        desire(stack, facts) {
          const desired = provider.desire(stack, facts);
          ports = desired.resources[0]?.fields.ports ?? ports;
          return desired;
        },
        async observe(stacks, signal) {
          const found = await provider.observe(stacks, signal);
          const asWanted = ({ fields, ...rest }: ObservedResource) => ({
            ...rest,
            fields: { ...fields, ports },
          });
          return new Map([...found].map(([key, all]) => [key, all.map(asWanted)]));
        },
      };
    },
    caughtBy: "what others changed is put back when it is verified, where the class says Repair",
    guarantee: /Drift is repaired within the period of verification/,
  },
  {
    mistake: "repairs whatever it finds while it looks",
    provider: () => {
      const provider = appliance();
      let ports: Json = [];
      return {
        ...provider,
        desire(stack, facts) {
          const desired = provider.desire(stack, facts);
          ports = desired.resources[0]?.fields.ports ?? ports;
          return desired;
        },
        async observe(stacks, signal) {
          const found = await provider.observe(stacks, signal);
          const url = `${String(stacks[0]?.cls.spec.settings?.url)}/virtual-servers`;
          for (const { cloudId, fields } of [...found.values()].flat())
            if (JSON.stringify(fields.ports) !== JSON.stringify(ports))
              await fetch(`${url}/${cloudId}`, { method: "PATCH", body: JSON.stringify({ ports }), signal });
          return found;
        },
      };
    },
    caughtBy: "what others changed is told, and left as it is, where the class says Report",
    guarantee: /Drift that is only to be reported/,
  },
  {
    mistake: "gives up an update whose answer is lost",
    provider: withActions((actions) => ({
      update: (operation, context) => actions.update(operation, context).catch(() => undefined),
    })),
    caughtBy: "update: the end is the same if the connection breaks before any of its calls",
    guarantee: /Law 8: after update was interrupted, the end is that of an undisturbed run/,
  },
  {
    mistake: "takes its mark off before it deletes",
    provider: withActions((actions) => ({
      async delete(operation, context) {
        const update = { ...operation, do: "update", step: "whole", fields: { tags: {} } } as const;
        await actions.update(update, context);
        await actions.delete(operation, context);
      },
    })),
    caughtBy: "delete: the end is the same if the process dies after any of its calls",
    guarantee: /Law 8: after delete was interrupted, the end is that of an undisturbed run/,
  },
  {
    mistake: "changes its facts into what JSON can't hold",
    provider: () => ({ ...appliance(), facts: async () => new Map() as never }),
    caughtBy: "a load balancer comes, has an address, and leaves nothing behind",
    guarantee: /facts are plain JSON data/,
  },
];

describe("the conformance suite catches a provider that", () => {
  for (const { mistake, provider, caughtBy, guarantee } of mistakes) {
    test(mistake, async () => {
      expect(await failureOf(provider, harness, caughtBy)).toMatch(guarantee);
    }, 60_000);
  }
});
