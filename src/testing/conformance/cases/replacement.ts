/** Feature "scheme-change" (law 9): held until it is acknowledged, and then the new one comes before the old one goes. */
import { annotations } from "../../../api/names.ts";
import { type CloudWorld, mustBeSame, mustBeUntouched } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import { addressesOf, mustServe, type Scene } from "../scene.ts";
import type { Case } from "./case.ts";

export const replacement: readonly Case[] = [
  {
    name: "a change of scheme is held until it is acknowledged; then the new one comes before the old one goes",
    feature: "scheme-change",
    async run(play) {
      const external = await play(async ({ operator, snapshot }) => {
        operator.put("web", { scheme: "external" });
        await operator.settle();
        mustServe(operator, "web", "An external load balancer is served");
        return snapshot();
      });
      await play(async (scene) => {
        const { operator, snapshot } = scene;
        operator.put("web");
        await operator.settle();
        const address = addressesOf(operator, "web");
        const before = await snapshot();
        operator.put("web", { scheme: "external" });
        await operator.settle();
        const law = "Law 9: what moves an address waits for an acknowledgement";
        mustBeUntouched(await snapshot(), before, law);
        const id = heldId(scene, law);
        must(addressesOf(operator, "web") === address, law, () => operator.told("web"));
        operator.acknowledge("web", "0badc0de");
        await operator.settle();
        mustBeUntouched(await snapshot(), before, "Law 9: another plan needs another id");
        operator.acknowledge("web", id);
        await settleUninterrupted(scene, before);
        mustServe(operator, "web", "After the acknowledgement it is served with the new scheme");
        mustBeSame(await snapshot(), external, "What was replaced is the same as one made so");
      });
    },
  },
  {
    name: "a class that allows replacements needs no acknowledgement",
    feature: "scheme-change",
    run: (play) =>
      play(
        async (scene) => {
          const { operator } = scene;
          operator.put("web");
          await operator.settle();
          const address = addressesOf(operator, "web");
          const before = await scene.snapshot();
          operator.put("web", { scheme: "external" });
          await settleUninterrupted(scene, before);
          mustServe(operator, "web", "It is served with the new scheme");
          must(
            addressesOf(operator, "web") !== address,
            "A change of scheme is another address",
            () => address,
          );
        },
        { policy: { replacement: "Allow" } },
      ),
  },
];

function heldId({ operator }: Scene, law: string): string {
  const degraded = operator.condition("web", "Degraded");
  const found = degraded?.message.match(`${annotations.acknowledgeReplacement}: ([0-9a-f.]+)`)?.[1];
  const isHeld = degraded?.reason === "ReplacementNotAcknowledged" && found !== undefined;
  must(isHeld, `${law}, and Degraded tells its id`, () => operator.told("web"));
  return found;
}

/** Of each kind there is always at least one: the old, or the new. */
async function settleUninterrupted({ operator, cloud, snapshot }: Scene, before: CloudWorld): Promise<void> {
  const kinds = new Set(before.map(({ kind }) => kind));
  const gaps: string[] = [];
  cloud.trouble(async ({ name, write }, phase) => {
    if (!write || phase === "before") return undefined;
    const now = new Set((await snapshot()).map(({ kind }) => kind));
    for (const kind of kinds) if (!now.has(kind)) gaps.push(`no ${kind} after ${name}`);
    return undefined;
  });
  await operator.settle();
  cloud.trouble();
  const law = "A replacement is create-before-delete: of each kind there is always one";
  must(gaps.length === 0, law, () => gaps.join("; "));
}
