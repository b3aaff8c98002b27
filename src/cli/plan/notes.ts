/** What a plan takes for granted. Pure. */

import type { CloudView } from "../../controllers/offline/cloud-view.ts";
import { NO_CLUSTER, type ObjectsPlan } from "../../controllers/offline/plan-objects.ts";

export interface PlanGround {
  readonly cloud: Pick<CloudView, "knowsWhatExists">;
  readonly clusterUid: string | undefined;
  /** The objects are all of a cluster. */
  readonly whole: boolean;
}

export function notesOn(
  { stacks, shared, nodePortStandIns }: Pick<ObjectsPlan, "stacks" | "shared" | "nodePortStandIns">,
  { cloud, clusterUid, whole }: PlanGround,
): string[] {
  const planned = stacks.filter(({ result }) => result.ok);
  if (planned.length === 0) return [];
  const notes: string[] = [];
  if (clusterUid === undefined) {
    notes.push(
      `No cluster is named, so ${NO_CLUSTER} stands in names and marks for the UID of its namespace kube-system; --cluster-uid names one`,
    );
  }
  const classes = [...new Set(planned.map(({ className }) => className))].sort();
  for (const name of classes.filter((className) => !cloud.knowsWhatExists(className))) {
    notes.push(
      `What exists for class ${name} is not known, so everything is planned to be made; fairlead facts --class ${name} --observed writes it down`,
    );
  }
  if (nodePortStandIns.length > 0) {
    const [first, last] = [nodePortStandIns[0], nodePortStandIns.at(-1)];
    notes.push(
      first === last
        ? `Node port ${first} stands for one that the API server will give`
        : `Node ports from ${first} to ${last} that no Service names stand for those that the API server will give`,
    );
  }
  for (const { stack, departing } of planned) {
    for (const { member, to } of departing)
      notes.push(
        `Stack ${stack} serves ${member} until stack ${to} does; then what is left of it there is deleted`,
      );
  }
  if (!whole && shared.length > 0) {
    notes.push("Others may need what is shared too, so nothing is planned to be taken away there");
  }
  return notes;
}
