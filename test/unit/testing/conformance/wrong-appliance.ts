/** Providers for the appliance that differ from the right one in a single thing. */
import type { VirtualServer } from "../../../../examples/custom-provider/appliance.ts";
import { createApplianceProvider } from "../../../../examples/custom-provider/provider.ts";
import type { Fields, GraphProvider, ObservedResource } from "../../../../src/index.ts";

export const appliance = (): GraphProvider => createApplianceProvider() as GraphProvider;

type Actions = GraphProvider["actions"][string];

export function withActions(change: (actions: Actions) => Partial<Actions>): () => GraphProvider {
  return () => {
    const provider = appliance();
    const [[kind, actions]] = Object.entries(provider.actions) as [[string, Actions]];
    return { ...provider, actions: { [kind]: { ...actions, ...change(actions) } } };
  };
}

type Rules = GraphProvider["rules"][string];

export function withRules(change: Partial<Rules>): () => GraphProvider {
  return () => {
    const provider = appliance();
    const [[kind, rules]] = Object.entries(provider.rules) as [[string, Rules]];
    return { ...provider, rules: { [kind]: { ...rules, ...change } } };
  };
}

/** What is desired, with other fields. */
export function withFields(change: (fields: Fields) => Fields): () => GraphProvider {
  return () => {
    const provider = appliance();
    return {
      ...provider,
      desire(stack, facts) {
        const { resources, problems } = provider.desire(stack, facts);
        return { problems, resources: resources.map((each) => ({ ...each, fields: change(each.fields) })) };
      },
    };
  };
}

/** Takes for its own, whatever the stack, all that has tags of that kind. */
export function taking(isOurs: (tags: Readonly<Record<string, string>>) => boolean): GraphProvider {
  const provider = appliance();
  return {
    ...provider,
    async observe(stacks, signal) {
      const url = `${String(stacks[0]?.cls.spec.settings?.url)}/virtual-servers`;
      const servers = (await (await fetch(url, { signal })).json()) as VirtualServer[];
      const common = { id: "virtual-server", kind: "virtual-server", dependsOn: [], ours: true };
      const taken = servers
        .filter(({ tags }) => isOurs(tags))
        .map(({ id, ...fields }) => ({ ...common, cloudId: id, fields }));
      const found = await provider.observe(stacks, signal);
      const others = (own: readonly ObservedResource[]) =>
        taken.filter(({ cloudId }) => own.every((each) => each.cloudId !== cloudId));
      return new Map([...found].map(([key, own]) => [key, [...own, ...others(own)]]));
    },
  };
}
