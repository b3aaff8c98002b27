/** What users do all day: they create, edit and delete Services of every sort, and edit pools. */
import { services } from "../../../src/api/kubernetes.ts";
import { annotations } from "../../../src/api/names.ts";
import { isNotFound } from "../../../src/runtime/kube/api-error.ts";
import type { Cluster, ServiceInput } from "../support/cluster.ts";
import { anyPin, type Pools } from "./pools.ts";
import type { Random } from "./random.ts";

export interface People {
  /** Creates so many Services, and does much else meanwhile. */
  work(creations: number): Promise<void>;
}

interface PeopleOptions {
  readonly cluster: Cluster;
  readonly pools: Pools;
  readonly namespaces: readonly string[];
  readonly random: Random;
}

/** So many of them are at work at once. */
const HANDS = 8;

export function peopleOf({ cluster, pools, namespaces, random }: PeopleOptions): People {
  const living: { readonly namespace: string; readonly name: string }[] = [];
  let created = 0;

  const create = async (name = `s${created++}`) => {
    const namespace = random.pick(namespaces);
    await cluster.createService(namespace, name, anyService(random));
    living.push({ namespace, name });
  };
  const takeOne = () => living.splice(random.below(living.length), 1)[0];
  const remove = async () => {
    const ref = takeOne();
    if (ref !== undefined) await cluster.remove(services, ref);
    return ref;
  };
  /** Deleted, and there again under its name before anybody has looked. */
  const replace = async () => {
    const ref = await remove();
    if (ref === undefined) return;
    await cluster.createService(ref.namespace, ref.name, anyService(random));
    living.push(ref);
  };
  /** An edit that has nothing to do with addresses. */
  const label = async () => {
    if (living.length === 0) return;
    const ref = random.pick(living);
    const labels = { round: `r${random.below(1_000)}` };
    await cluster.edit(services, ref, { metadata: { labels } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  };
  const other = (): Promise<unknown> => {
    const die = random.below(100);
    if (die < 18) return remove();
    if (die < 24) return replace();
    if (die < 32) return label();
    if (die < 40) return pools.edit(random);
    return Promise.resolve();
  };

  return {
    async work(creations) {
      let left = creations;
      // One edit of a pool at a time: each is to be what the last one chose.
      let editing = Promise.resolve<unknown>(undefined);
      const hand = async () => {
        while (left-- > 0) {
          await create();
          editing = editing.then(other);
          await editing;
        }
      };
      await Promise.all(Array.from({ length: HANDS }, hand));
    },
  };
}

function anyService(random: Random): ServiceInput {
  const die = random.below(100);
  if (die < 45) return {};
  if (die < 60) return { annotations: { [annotations.addresses]: anyPin(random) } };
  if (die < 80) {
    const port = random.between(8_000, 8_005);
    return {
      annotations: { [annotations.allowSharedIP]: `key-${random.below(4)}` },
      spec: { ports: [{ name: "http", port, protocol: "TCP" }] },
    };
  }
  return { spec: { ipFamilyPolicy: die < 90 ? "RequireDualStack" : "PreferDualStack" } };
}
