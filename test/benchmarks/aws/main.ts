/**
 * `npm run bench:aws`: the calls to AWS in the life of 1, 100 and 1,000 Services, beside those of the AWS Load Balancer Controller; memory,
 * and the time to a hostname. `-- --services N` for one size (can be repeated), `--idle-hours H`, `--json FILE`.
 *
 * AWS is the simulator of the tests. The controller is the operator in a process of its own, bundled as the command is: its memory is true,
 * and its clock can be moved on, so that a day passes in minutes. Times are measured in real time.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argumentsOf, refuseArguments } from "../../../scripts/arguments/arguments-of.ts";
import { CONTROLLER } from "../../integration/support/installation.ts";
import { describeMachine, writeFigures } from "../report.ts";
import { bundleController } from "./controller-process.ts";
import { type Life, live } from "./life.ts";
import { report } from "./report.ts";
import { makeWorld } from "./world.ts";

const usage = `npm run bench:aws [-- OPTIONS]: counts the calls to AWS in the life of Services

  --services N     of so many; can be repeated (default: 1, 100 and 1000)
  --idle-hours H   how long nothing changes (default: 24; 1 for more than 100 Services)
  --json FILE      also write the figures there`;
const values = argumentsOf(usage, {
  services: { type: "string", multiple: true },
  "idle-hours": { type: "string" },
  json: { type: "string" },
});
const sizes = (values.services ?? ["1", "100", "1000"]).map((text) => wholeNumber("services", text));
const idleHours =
  values["idle-hours"] === undefined ? undefined : wholeNumber("idle-hours", values["idle-hours"]);
const machine = describeMachine();
console.log(JSON.stringify(machine));
const folder = await mkdtemp(join(tmpdir(), "fairlead-bench-aws-"));
try {
  const program = await bundleController(folder);
  const lives: Life[] = [];
  for (const services of sizes) lives.push(await lifeOf(services, program));
  report(lives);
  await writeFigures(values.json, { machine, lives });
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function lifeOf(services: number, program: string): Promise<Life> {
  const world = await makeWorld();
  try {
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, await world.controlPlane.kubeconfig(CONTROLLER), { mode: 0o600 });
    return await live(world, {
      services,
      // All calls are made, and moto is slow: for many Services a part of the day and of the node changes shows the same.
      idleHours: idleHours ?? (services > 100 ? 1 : 24),
      nodeChanges: services > 100 ? 2 : 10,
      times: services <= 100,
      program,
      kubeconfig,
      tell: (line) => console.log(`${services} Services: ${line}`),
    });
  } finally {
    await world.stop();
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  return refuseArguments(`--${name} ${text}: wanted a whole number of at least 1`, usage);
}
