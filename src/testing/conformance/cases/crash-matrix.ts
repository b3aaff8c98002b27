/** Law 8: whatever ends between any two calls, before or after the cloud has done the work, converges with nothing left and nothing doubled. */
import { type CloudWorld, mustBeSame } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import type { CloudCall } from "../harness.ts";
import { portsOf } from "../local-operator.ts";
import { mustBeGone, mustServe, type Play, type Scene } from "../scene.ts";
import type { Case } from "./case.ts";

interface Stage {
  readonly name: "create" | "update" | "delete";
  readonly before: (scene: Scene) => Promise<void>;
  readonly act: (scene: Scene) => void;
}

const ports = portsOf(80, 443);

async function serve({ operator }: Scene): Promise<void> {
  operator.put("web", { ports });
  await operator.settle();
  mustServe(operator, "web", "A load balancer that nothing stands against is served");
}

const stages: readonly Stage[] = [
  {
    name: "create",
    before: async () => {},
    act: ({ operator }) => operator.put("web", { ports }),
  },
  {
    name: "update",
    before: serve,
    act: ({ operator }) => operator.put("web", { ports: portsOf(443, 8080) }),
  },
  { name: "delete", before: serve, act: ({ operator }) => operator.remove("web") },
];

type Blow = { readonly does: "dies" | "loses"; readonly phase: "before" | "after" };

const blows: readonly (Blow & { readonly name: string })[] = [
  { does: "dies", phase: "before", name: "the process dies before" },
  { does: "dies", phase: "after", name: "the process dies after" },
  { does: "loses", phase: "before", name: "the connection breaks before" },
  { does: "loses", phase: "after", name: "the answer is lost of" },
];

/** More calls than any provider makes for one load balancer. */
const mostCalls = 500;

function matrixOf(stage: Stage, blow: (typeof blows)[number]): Case {
  return {
    name: `${stage.name}: the end is the same if ${blow.name} any of its calls`,
    async run(play) {
      const { start, end } = await undisturbed(play, stage);
      for (let index = 0; ; index++) {
        must(
          index < mostCalls,
          "Work comes to an end",
          () => `${index} calls to ${stage.name} one load balancer`,
        );
        if (!(await disturbed(play, stage, blow, { index, start, end }))) break;
      }
    },
  };
}

interface Ends {
  readonly start: CloudWorld;
  readonly end: CloudWorld;
}

function undisturbed(play: Play, stage: Stage): Promise<Ends> {
  return play(async (scene) => {
    const start = await scene.snapshot();
    await stage.before(scene);
    scene.cloud.clear();
    stage.act(scene);
    await scene.operator.settle();
    if (stage.name === "delete") mustBeGone(scene.operator, "web", "Deletion ends, and the finalizer goes");
    else mustServe(scene.operator, "web", `An undisturbed ${stage.name} ends`);
    must(scene.cloud.calls.length > 0, `To ${stage.name} a load balancer takes calls`, () => "none");
    return { start, end: await scene.snapshot() };
  });
}

/** Whether there was a call of that index. */
function disturbed(
  play: Play,
  stage: Stage,
  { does, phase, name }: (typeof blows)[number],
  { index, start, end }: Ends & { readonly index: number },
): Promise<boolean> {
  return play(async (scene) => {
    const { operator, cloud, snapshot } = scene;
    await stage.before(scene);
    cloud.clear();
    let hit: CloudCall | undefined;
    cloud.trouble((call, at, callIndex) => {
      // A dead process sends nothing; what it had sent, nobody hears the answer of.
      if (operator.isDead()) return "cut";
      if (hit !== undefined || at !== phase || callIndex !== index) return undefined;
      hit = call;
      if (does === "dies") operator.kill();
      return "cut";
    });
    stage.act(scene);
    await operator.settle();
    if (hit === undefined) return false;
    const met: CloudCall = hit;
    cloud.trouble();
    if (does === "dies") operator.restart();
    await operator.settle();
    const seen = () => `${name} call ${index} (${met.name}) of ${stage.name}`;
    const law = `Law 8: after ${stage.name} was interrupted, the end is that of an undisturbed run, nothing left and nothing doubled`;
    const told = () => `${seen()}; ${operator.told("web")}`;
    if (stage.name === "delete") must(operator.get("web") === undefined, law, told);
    else must(operator.condition("web", "Programmed")?.status === "True", law, told);
    mustBeSame(await snapshot(), end, law, seen);
    if (stage.name === "delete") return true;
    operator.remove("web");
    await operator.settle();
    must(operator.get("web") === undefined, `${law} (deleted in the end)`, told);
    mustBeSame(await snapshot(), start, `${law} (deleted in the end)`, seen);
    return true;
  });
}

export const crashMatrix: readonly Case[] = stages.flatMap((stage) =>
  blows.map((blow) => matrixOf(stage, blow)),
);
