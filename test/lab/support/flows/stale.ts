/**
 * The API server can't be reached by the node that announces, and meanwhile one Service is deleted, one is made again with another port on the same
 * address, one gets another port, and one stays. What the cut-off node knows is stale, and so is its kube-proxy.
 */

import { services } from "../../../../src/api/kubernetes.ts";
import { annotations } from "../../../../src/api/names.ts";
import { fetchPages } from "../clients.ts";
import { cutOffFromApi, reconnectToApi } from "../faults.ts";
import { createService, deleteService, labNamespace } from "../objects.ts";
import { now } from "../programs/now.ts";
import { nodeNamed, pause, type Stage } from "../stage.ts";
import { createMany } from "./many.ts";

export interface Stale {
  readonly cutOff: string;
  /** By what happened to the Service: when the cut-off node answered for the last time, counted from when it was cut off. */
  readonly lastAnswerMs: Readonly<Record<Case, number>>;
  /** By what happened: who answered, in order. */
  readonly stories: Readonly<Record<Case, readonly string[]>>;
  /** Requests for the one that stayed that nobody answered. */
  readonly unanswered: number;
  /** Whether pages come at the new ports from then on, and none at the old one of the Service that was made again. */
  readonly served: Readonly<Record<"made again" | "changed", boolean>>;
}

const cases = ["deleted", "made again", "changed", "left alone"] as const;
type Case = (typeof cases)[number];

const newPort = 81;
/** In which nothing stale may be seen. */
const observeMs = 3_000;

export async function cutOffWithStaleServices(stage: Stage): Promise<Stale> {
  const { lab } = stage;
  const { client } = lab.cluster;
  // By the bound on a node's load a node of three has at least four of twelve, or another has more.
  const many = await createMany(stage, "stale", 12);
  const { asking } = many;
  try {
    const holders = await many.holders();
    const cutOff = mostOften([...holders.values()]);
    const held = [...holders].filter(([, node]) => node === cutOff).map(([name]) => name);
    const named = Object.fromEntries(cases.map((each, at) => [each, held[at] ?? ""])) as Record<Case, string>;
    const address = (each: Case) => many.addresses.get(named[each]) ?? "";
    const node = nodeNamed(stage, cutOff);

    const from = now();
    await cutOffFromApi(lab, node);
    await deleteService(client, named.deleted);
    await deleteService(client, named["made again"]);
    await createService(client, named["made again"], {
      port: newPort,
      annotations: { [annotations.addresses]: address("made again") },
    });
    const ports = [{ name: "http", port: newPort, targetPort: 8080, protocol: "TCP" }];
    const changed = { namespace: labNamespace, name: named.changed };
    await client.patch(services, changed, { spec: { ports } }, { type: "merge" });

    await asking.silent(address("deleted"));
    for (const each of ["made again", "changed", "left alone"] as const)
      await asking.settled(address(each), { ms: 1_000, by: (by) => by !== cutOff });
    await pause(observeMs);
    const to = now() - 250;
    const served = {
      "made again": await isServedAt(stage, address("made again")),
      changed: await isServedAt(stage, address("changed")),
    };
    const window = { from, to };
    const heard = await asking.heard();
    const last = (each: Case) =>
      Math.max(
        0,
        ...heard.flatMap((line) =>
          line.what === "answer" && line.address === address(each) && line.mac === node.mac
            ? [line.at - from]
            : [],
        ),
      );
    const all = async <T>(of: (each: Case) => T | Promise<T>) =>
      Object.fromEntries(await Promise.all(cases.map(async (each) => [each, await of(each)]))) as Record<
        Case,
        T
      >;
    const answers = await asking.unanswered(address("left alone"), window);
    return {
      cutOff,
      lastAnswerMs: await all(last),
      stories: await all((each) => asking.story(address(each), window)),
      unanswered: answers,
      served,
    };
  } finally {
    for (const node of lab.nodes) await reconnectToApi(lab, node);
    await many.end();
  }
}

/** At the new port, and not at the old one. */
async function isServedAt(stage: Stage, address: string): Promise<boolean> {
  const client = await fetchPages(stage.lab, "cold", address, newPort);
  await client.stop();
  const old = await fetchPages(stage.lab, "cold", address, 80, { wait: false });
  await pause(1_000);
  const fetched = await old.fetched();
  await old.stop();
  return fetched.length > 0 && fetched.every(({ answer }) => answer === undefined);
}

function mostOften(names: readonly string[]): string {
  const count = (name: string) => names.filter((each) => each === name).length;
  return names.toSorted((a, b) => count(b) - count(a))[0] ?? "";
}
