/** What tells whether a stack was applied in full as it is wanted now. Pure. */
import { compareText } from "../../../core/compare-text.ts";
import { fingerprint } from "../../../core/plan/json.ts";
import type { Json } from "../../../core/plan/types.ts";
import type { Claim, Desired } from "../../../providers/provider.ts";

/** The same for the same resources and claims in any order; references count as such, and notes for people do not. */
export function hashOf({ resources }: Desired, claims: readonly Claim[]): string {
  const parts = resources.map(
    ({ id, kind, fields, dependsOn, members, document }): { id: string; json: Json } => ({
      id,
      json: {
        id,
        kind,
        fields,
        dependsOn: [...dependsOn].sort(compareText),
        members: [...members].sort(compareText),
        document: document ?? null,
      },
    }),
  );
  parts.sort((a, b) => compareText(a.id, b.id));
  const claimed = claims.map(({ on, needs }) => fingerprint({ on, needs }, 32)).sort(compareText);
  return fingerprint({ resources: parts.map(({ json }) => json), claimed }, 32);
}
