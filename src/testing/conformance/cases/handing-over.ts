/** Features "adoption" and "release": taking over what others made, and handing back what is ours. */
import { added, described, mustBeSame, mustBeUntouched } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import type { ProviderHarness } from "../harness.ts";
import { portsOf } from "../local-operator.ts";
import { addressesOf, mustBeGone, mustNotWrite, mustServe, type Scene } from "../scene.ts";
import type { Case } from "./case.ts";

const hourMs = 3_600_000;
const policy = { adoption: { ids: ["*"] } };

function addAdoptable(harness: ProviderHarness): Promise<string> {
  if (harness.addAdoptable === undefined) throw new Error('The harness has no "addAdoptable"');
  return harness.addAdoptable();
}

export const handingOver: readonly Case[] = [
  {
    name: "what was made by hand is taken over as it stands, and from then on it is ours",
    feature: "adoption",
    needs: "addAdoptable",
    run: (play) =>
      play(
        async ({ operator, harness, snapshot }) => {
          const before = await snapshot();
          const adopt = await addAdoptable(harness);
          const made = (await snapshot()).find(({ id }) => id === adopt);
          must(
            made !== undefined,
            "What is to be adopted is in the snapshot, under its cloud id",
            () => adopt,
          );
          operator.put("web", { adopt });
          await operator.settle();
          mustServe(operator, "web", "What may be adopted is served");
          const law = "What is adopted is kept, not replaced";
          const now = await snapshot();
          const same = now.filter(({ kind }) => kind === made.kind);
          must(same.length === 1 && same[0]?.id === adopt, law, () => described(same));
          const address = addressesOf(operator, "web");
          operator.put("web", { ports: portsOf(80, 443) });
          await operator.settle();
          mustServe(operator, "web", "What was adopted can be changed");
          must(addressesOf(operator, "web") === address, "What was adopted keeps its address", () =>
            operator.told("web"),
          );
          operator.remove("web");
          await operator.settle();
          mustBeGone(operator, "web", "What was adopted can be deleted");
          mustBeSame(await snapshot(), before, "Nothing is left in the cloud after a deletion");
        },
        { policy },
      ),
  },
  {
    name: "what another cluster has marked is not adopted, and nothing is made in its place",
    feature: "adoption",
    needs: "addAdoptable",
    run: (play) =>
      play(
        async ({ operator, otherCluster, harness, snapshot }) => {
          const adopt = await addAdoptable(harness);
          const other = otherCluster();
          other.put("web", { adopt });
          await other.settle();
          mustServe(other, "web", "What may be adopted is served");
          const theirs = await snapshot();
          operator.put("web", { adopt });
          await operator.settle();
          const law = "Law 3: what another cluster marked is never adopted";
          const told = operator.condition("web", "Programmed");
          must(told?.reason === "AdoptionRefused", law, () => operator.told("web"));
          mustBeUntouched(await snapshot(), theirs, law);
        },
        { policy },
      ),
  },
  {
    name: "what is released stays as it is, without our mark, and nothing is done to it any more",
    feature: "release",
    run: (play) =>
      play(async (scene) => {
        const { operator, snapshot, cloud } = scene;
        const before = await snapshot();
        operator.put("web", { ports: portsOf(80, 443) });
        await operator.settle();
        const address = addressesOf(operator, "web");
        const names = (await snapshot()).map(({ kind, id }) => `${kind} ${id}`);
        await release(scene, "web");
        const seen = () => operator.told("web");
        must(addressesOf(operator, "web") === address, "A release moves no address", seen);
        const released = await snapshot();
        const here = new Set(released.map(({ kind, id }) => `${kind} ${id}`));
        const gone = names.filter((name) => !here.has(name));
        must(gone.length === 0, "A release takes nothing away", () => `${gone.join(", ")} is gone`);
        cloud.clear();
        operator.restart();
        await operator.pass(3 * hourMs);
        mustNotWrite(cloud, "What was released costs no writes any more");
        operator.remove("web");
        await operator.settle();
        mustBeGone(operator, "web", "The object of what was released can be deleted");
        const left = added(released, before);
        mustBeUntouched(await snapshot(), left, "What was released is not deleted with its object");
      }),
  },
  {
    name: "others are served beside what was released, and take nothing from it when they go",
    feature: "release",
    async run(play) {
      const alone = await play(async (scene) => {
        scene.operator.put("web");
        await scene.operator.settle();
        await release(scene, "web");
        return scene.snapshot();
      });
      await play(async (scene) => {
        const { operator, snapshot } = scene;
        operator.put("web");
        operator.put("api", { ports: portsOf(443) });
        await operator.settle();
        await release(scene, "web");
        mustServe(operator, "api", "Those beside it are served on");
        const law = "What was released keeps all that it needs, and nothing of others is left beside it";
        await leave(scene, "api");
        mustBeSame(await snapshot(), alone, `${law} (others left after it)`);
        const before = await snapshot();
        operator.put("late");
        await operator.settle();
        mustServe(operator, "late", "What was released stands in nobody's way");
        await leave(scene, "late");
        mustBeUntouched(await snapshot(), before, law);
        mustBeSame(await snapshot(), before, `${law} (others came later)`);
      });
    },
  },
];

async function release({ operator }: Scene, name: string): Promise<void> {
  operator.put(name, { release: true });
  await operator.settle();
  const isReleased = operator.get(name)?.status?.released === true;
  must(isReleased, "A release ends, and status tells so", () => operator.told(name));
}

async function leave({ operator }: Scene, name: string): Promise<void> {
  operator.remove(name);
  await operator.settle();
  mustBeGone(operator, name, "Deletion ends, and the finalizer goes");
}
