/** What FRR refused, said of the object that it came from. Pure. */

import { profileName } from "./frr/names.ts";
import type { Refusal } from "./frr/run-steps.ts";
import type { BgpProblem } from "./input.ts";
import type { BgpPlan } from "./plan.ts";
import { neighborName } from "./sessions.ts";

interface Blamed {
  readonly problems: readonly BgpProblem[];
  /** What can't be blamed on an object, in one sentence. */
  readonly error: string | undefined;
}

export function blame(plan: BgpPlan, refused: readonly Refusal[]): Blamed {
  const problems: BgpProblem[] = [];
  const others: string[] = [];
  for (const refusal of refused) {
    const owner = ownerOf(plan, refusal);
    if (owner === undefined) others.push(wordsOf(refusal));
    else problems.push({ ...owner, message: `FRR refused it: ${refusal.said}` });
  }
  if (others.length === 0) return { problems, error: undefined };
  const more = others.length === 1 ? "" : `, and ${others.length - 1} more lines`;
  return { problems, error: `FRR refused ${others[0]}${more}` };
}

function ownerOf(plan: BgpPlan, { step }: Refusal): Pick<BgpProblem, "kind" | "name"> | undefined {
  const vrf = / vrf (\S+)$/.exec(step.context[0] ?? "")?.[1];
  const neighbor = /^neighbor (\S+) /.exec(step.line ?? "")?.[1];
  const session = plan.instances
    .find((instance) => instance.vrf === vrf)
    ?.sessions.find(({ to }) => neighborName(to) === neighbor);
  if (session !== undefined) return { kind: "BGPPeer", name: session.peer };
  const profile = plan.profiles.find(({ name }) => step.context[1] === `profile ${profileName(name)}`);
  return profile === undefined ? undefined : { kind: "BFDProfile", name: profile.name };
}

function wordsOf({ step: { daemon, context, line }, said }: Refusal): string {
  const text = line ?? context.at(-1) ?? "";
  return `"${text.replace(/( password ).*/, "$1…")}" (${daemon}): ${said}`;
}
