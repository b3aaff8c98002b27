/** Takes steps in one daemon of FRR, and says which it refused. */
import type { Step } from "./steps.ts";
import type { Vty } from "./vty.ts";

export interface Refusal {
  readonly step: Step;
  /** What the daemon said, on one line, without passwords. */
  readonly said: string;
}

/** Somebody else is configuring the daemon right now. */
export class FrrLockedError extends Error {
  override readonly name = "FrrLockedError";
}

/** @throws FrrLockedError, or as `Vty.run`. Steps that were taken by then stay. */
export async function runSteps(vty: Vty, steps: readonly Step[]): Promise<Refusal[]> {
  if (steps.length === 0) return [];
  const begun = await vty.run("configure terminal");
  if (!begun.ok) throw new FrrLockedError(`The configuration of FRR is locked: ${oneLine(begun.text)}`);
  const answers: Promise<Refusal | undefined>[] = [];
  const send = async (step: Step, command: string): Promise<Refusal | undefined> => {
    const { ok, text } = await vty.run(command);
    return ok ? undefined : { step, said: withoutPassword(command, oneLine(text)) };
  };
  let open: readonly string[] = [];
  for (const step of steps) {
    const { context, line } = step;
    if (context.join("\n") !== open.join("\n")) {
      for (const _ of open) answers.push(send(step, "exit"));
      for (const each of context) answers.push(send(step, each));
      open = context;
    }
    if (line !== undefined) answers.push(send(step, line));
  }
  const refused = (await Promise.all(answers)).filter((each) => each !== undefined);
  await vty.run("end");
  return refused;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, "; ");
}

function withoutPassword(command: string, said: string): string {
  const password = /^neighbor \S+ password (.*)$/.exec(command)?.[1];
  return password === undefined ? said : said.replaceAll(password, "…");
}
