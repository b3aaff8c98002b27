/** Feature "drift", and clouds that are slow to show what was made. */
import { type CloudWorld, mustBeSame, mustBeUntouched } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import type { ProviderHarness } from "../harness.ts";
import { portsOf } from "../local-operator.ts";
import { mustBeGone, mustNotWrite, mustServe } from "../scene.ts";
import type { Case } from "./case.ts";

const hourMs = 3_600_000;

async function changeByHand({ changeByHand, snapshot }: ProviderHarness): Promise<void> {
  if (changeByHand === undefined) throw new Error('The harness has no "changeByHand"');
  const before = JSON.stringify(await snapshot());
  await changeByHand();
  const isChanged = JSON.stringify(await snapshot()) !== before;
  must(isChanged, "The harness changes something by hand", () => "the snapshot is as it was");
}

export const drift: readonly Case[] = [
  {
    name: "what others changed is put back when it is verified, where the class says Repair",
    feature: "drift",
    needs: "changeByHand",
    run: (play) =>
      play(
        async ({ operator, harness, snapshot }) => {
          operator.put("web");
          await operator.settle();
          const before = await snapshot();
          await changeByHand(harness);
          await operator.pass(3 * hourMs);
          mustBeSame(await snapshot(), before, "Drift is repaired within the period of verification");
          mustServe(operator, "web", "After a repair it is served as before");
        },
        { policy: { drift: "Repair" } },
      ),
  },
  {
    name: "what others changed is told, and left as it is, where the class says Report",
    feature: "drift",
    needs: "changeByHand",
    run: (play) =>
      play(
        async ({ operator, harness, snapshot, cloud }) => {
          operator.put("web");
          await operator.settle();
          await changeByHand(harness);
          const changed = await snapshot();
          cloud.clear();
          await operator.pass(3 * hourMs);
          mustNotWrite(cloud, "Drift that is only to be reported is not repaired");
          mustBeUntouched(await snapshot(), changed, "Drift that is only to be reported is left as it is");
          const seen = () => operator.told("web");
          const degraded = operator.condition("web", "Degraded");
          must(degraded?.reason === "Drifted", "Drift is told as Degraded", seen);
          const told = operator.get("web")?.status?.drift ?? [];
          must(told.length > 0, "Drift is in status, field by field", () => "status.drift is empty");
        },
        { policy: { drift: "Report" } },
      ),
  },
  {
    name: "a cloud that shows late what was made gets nothing twice",
    needs: "lag",
    optional: true,
    async run(play) {
      const before = await play(({ snapshot }) => snapshot());
      const ends = new Map<string, CloudWorld>();
      for (const ports of [portsOf(80, 443), portsOf(443, 8080)])
        await play(async ({ operator, snapshot }) => {
          operator.put("web", { ports });
          await operator.settle();
          ends.set(JSON.stringify(ports), await snapshot());
        });
      await play(async ({ operator, harness, snapshot }) => {
        harness.lag?.(2);
        for (const ports of [portsOf(80, 443), portsOf(443, 8080)]) {
          operator.put("web", { ports });
          await operator.settle();
          operator.restart();
          await operator.pass(3 * hourMs);
          mustServe(operator, "web", "A cloud that is slow to show what was made is waited for");
          const end = ends.get(JSON.stringify(ports)) ?? [];
          mustBeSame(await snapshot(), end, "What is not shown yet is not made twice");
        }
        operator.remove("web");
        await operator.pass(3 * hourMs);
        mustBeGone(operator, "web", "Deletion ends, and the finalizer goes");
        mustBeSame(await snapshot(), before, "What is not shown yet is not left behind");
      });
    },
  },
];
