/** What the statuses of advertisements, peers, profiles and communities should say. Pure. */
import type { Condition, KubeObject } from "../../api/meta.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import { withConditions } from "../own-status.ts";
import type { Judged } from "./judge.ts";
import type { Sessions } from "./sessions.ts";

export interface WithConditions {
  readonly conditions?: readonly Condition[] | undefined;
}

const LONGEST_MESSAGE = 1024;

/** @param records whether the kind has `status.acceptedSpec`. */
export function judgedStatus(
  object: KubeObject & { status?: WithConditions | undefined },
  judged: Judged & { readonly sessions?: Sessions | undefined },
  records: boolean,
  nowMs: number,
): object {
  const observedGeneration = object.metadata.generation ?? 0;
  const { refusal, inForce, flaws, counts, sessions } = judged;
  const about = { observedGeneration };
  const wanted: ConditionUpdate[] = [
    { type: "Accepted", ...about, ...acceptance(refusal, inForce !== undefined) },
    { type: "Degraded", ...about, ...degradation(flaws) },
  ];
  if (sessions !== undefined) wanted.push({ type: "Established", ...about, ...establishment(sessions) });
  const before = object.status?.conditions?.filter(
    ({ type }) => type !== "Established" || sessions !== undefined,
  );
  return {
    ...object.status,
    observedGeneration,
    conditions: withConditions(before, wanted, nowMs),
    ...counts,
    ...sessionCounts(sessions),
    ...(records ? { acceptedSpec: inForce === undefined ? undefined : { ...inForce } } : {}),
  };
}

type Said = Pick<ConditionUpdate, "status" | "reason" | "message">;

function acceptance(refusal: Finding | undefined, hasOlder: boolean): Said {
  if (refusal === undefined) return { status: "True", reason: "Accepted", message: "" };
  const tail = hasOlder ? "; what was accepted before stays in force" : "";
  return { status: "False", reason: refusal.reason, message: shortened(`${refusal.message}${tail}`) };
}

function degradation(flaws: readonly Finding[]): Said {
  const [first] = flaws;
  if (first === undefined) return { status: "False", reason: "AsExpected", message: "" };
  const message = flaws.map((flaw) => flaw.message).join("; ");
  return { status: "True", reason: first.reason, message: shortened(message) };
}

function establishment({ nodes, established, why }: Sessions): Said {
  if (nodes === 0) {
    return { status: "False", reason: "NoFitNode", message: "no node that it selects has an agent" };
  }
  if (established === nodes) return { status: "True", reason: "Established", message: "" };
  return { status: "False", reason: "PeerDown", message: shortened(`${established} of ${nodes}: ${why}`) };
}

function sessionCounts(sessions: Sessions | undefined): object {
  if (sessions === undefined) return {};
  const { nodes, established } = sessions;
  return { nodes, established, sessions: `${established}/${nodes}` };
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`;
}
