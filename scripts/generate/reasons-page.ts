/** docs/reasons.md: what each condition reason means, and what to do about it. */

import { type ConditionType, conditionTypes } from "../../src/api/conditions.ts";
import { type ReasonEntry, reasons } from "../../src/api/reasons.ts";
import { table } from "./markdown.ts";

const intro = `# Condition reasons

Every object of Fairlead tells its state in conditions, and so does every Service it serves, where their types are
\`fairlead.io/Programmed\` and, while something is amiss, \`fairlead.io/Degraded\`. Each has a reason from
this list, to script against, and a message with the facts. The list is closed: Fairlead's own controller writes no other
reason. A controller of your own may.

\`\`\`sh
kubectl get lb -A                                  # the reason of Programmed is a column
kubectl get lb NAME -o wide                        # with the message
kubectl wait lb NAME --for=condition=Programmed
\`\`\`
`;

const about: Record<ConditionType, string> = {
  Accepted:
    "Whether the object is valid and allowed. `True`: the spec, as it is now, is in force. `False`: it is not; where an older one was accepted, that one stays in force and the message says so.",
  Programmed:
    "Whether it has an address and serves. While it does not because the object was not accepted, the reason is that of `Accepted`.",
  Established: "Whether all BGP sessions that a peer is to have are established, and how many are not.",
  Ready: "Whether the agent of a node takes its part in announcing addresses.",
  Degraded:
    "Whether something that serves does not do so in every way it was asked to. What kept it from being programmed at first is a flaw here when it happens later.",
};

export function reasonsPage(): string {
  const types = conditionTypes.map((type) => [`\`${type}\``, about[type]]);
  const rows = Object.entries<ReasonEntry>(reasons).map(([reason, { places, meaning, remedy }]) => {
    const conditions = places.map(({ type, status }) => `${type}=${status}`).join(", ");
    const kinds = [...new Set(places.flatMap((place) => place.kinds))].join(", ");
    return [`\`${reason}\``, conditions, kinds, meaning, remedy];
  });
  const head = ["Reason", "Condition", "On", "What it means", "What to do"];
  return `${intro}\n${table(["Condition", "What it tells"], types)}\n${table(head, rows)}`;
}
