/** Law 3: nothing without our mark is changed or deleted. */
import { added, mustBeSame, mustBeUntouched } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import { portsOf } from "../local-operator.ts";
import { mustBeGone, mustNotWrite, mustServe } from "../scene.ts";
import type { Case } from "./case.ts";

const hourMs = 3_600_000;

export const ownership: readonly Case[] = [
  {
    name: "what others have in the same cloud is left alone",
    run: (play) =>
      play(async ({ operator, harness, snapshot }) => {
        const before = await snapshot();
        await harness.addForeign();
        const foreign = added(await snapshot(), before);
        must(foreign.length > 0, "The harness adds foreign objects", () => "none in the snapshot");
        const law = "Law 3: what does not carry our mark is never changed or deleted";
        operator.put("web");
        await operator.settle();
        mustServe(operator, "web", "What others have stands in nobody's way");
        mustBeUntouched(await snapshot(), foreign, `${law} (while one is made)`);
        operator.put("web", { ports: portsOf(443) });
        await operator.settle();
        operator.restart();
        await operator.pass(3 * hourMs);
        mustBeUntouched(await snapshot(), foreign, `${law} (while one is changed and verified)`);
        operator.remove("web");
        await operator.settle();
        mustBeGone(operator, "web", "Deletion ends, and the finalizer goes");
        mustBeUntouched(await snapshot(), foreign, `${law} (while one is deleted)`);
        mustBeSame(added(await snapshot(), before), foreign, "Nothing of ours is left beside them");
      }),
  },
  {
    name: "what had our mark once and has it no more is left alone, whatever its name is",
    run: (play) =>
      play(async ({ operator, harness, snapshot, cloud }) => {
        const before = await snapshot();
        operator.put("web");
        await operator.settle();
        mustServe(operator, "web", "A load balancer that nothing stands against is served");
        operator.kill();
        await harness.unmark();
        const unmarked = added(await snapshot(), before);
        operator.restart();
        const law =
          "Law 3: a name or a place in status is no mark: what carries none is never changed or deleted";
        operator.put("web", { ports: portsOf(80, 443) });
        await operator.pass(3 * hourMs);
        mustBeUntouched(await snapshot(), unmarked, `${law} (while one of the same name is wanted)`);
        operator.remove("web");
        await operator.pass(hourMs);
        mustBeUntouched(await snapshot(), unmarked, `${law} (while one of the same name is deleted)`);
        cloud.clear();
        await operator.pass(hourMs);
        mustNotWrite(cloud, "What is gone costs no writes");
      }),
  },
  {
    name: "two clusters with the same names in one cloud do not meet",
    run: (play) =>
      play(async ({ operator, otherCluster, snapshot }) => {
        const before = await snapshot();
        operator.put("web");
        await operator.settle();
        mustServe(operator, "web", "A load balancer that nothing stands against is served");
        const first = added(await snapshot(), before);
        const other = otherCluster();
        other.put("web", { ports: portsOf(80, 443) });
        await other.settle();
        const law = "Law 3: what another cluster has marked is never changed or deleted";
        mustServe(other, "web", "The same name in another cluster is served too");
        other.remove("web");
        await other.pass(hourMs);
        mustBeGone(other, "web", "Deletion ends, and the finalizer goes");
        mustBeSame(await snapshot(), [...before, ...first], law);
        mustBeUntouched(await snapshot(), first, law);
      }),
  },
];
