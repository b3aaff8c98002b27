/** Load balancers that change hands: one that was not made by Fairlead is adopted, one of Fairlead's is released. */

import type { LoadBalancer } from "../../api/load-balancer.ts";
import { quote } from "../quote.ts";
import { someOf } from "../some-of.ts";
import type { Finding, Parsed, ReadAnnotations } from "./annotations.ts";

export const LONGEST_CLOUD_ID = 2048;

const CLOUD_ID = /^[\p{L}\p{N}\p{P}\p{S}]{1,2048}$/u;
const MOST_NAMED = 5;

/** Reads a cloud id, such as an ARN or the path of a resource; whose it is, and whether it exists, only the cloud knows. */
export function parseCloudId(value: string): Parsed<string> {
  const id = value.trim();
  return CLOUD_ID.test(id)
    ? { ok: true, value: id }
    : { ok: false, wanted: "the cloud id of a load balancer, without spaces" };
}

/** `true` and `false`, or the id of what is to be released. */
export function parseRelease(value: string): Parsed<boolean | string> {
  const text = value.trim().toLowerCase();
  if (text === "true" || text === "false") return { ok: true, value: text === "true" };
  const id = parseCloudId(value);
  return id.ok
    ? id
    : { ok: false, wanted: "true, false, or the cloud id of the load balancer to be released" };
}

/**
 * What is asked for one frontend. With several frontends each cloud id has to say which it is for. An id to be released has to be one
 * that the load balancer has: whoever copies a manifest does not let go of something else.
 */
export function handoverOf(
  values: ReadAnnotations["values"],
  frontend: { readonly scheme: string; readonly count: number; readonly existing: LoadBalancer | undefined },
  refusals: Finding[],
): { readonly adopt?: string; readonly release?: boolean } {
  const adopt = values.get("adopt") as { key: string; value: string } | undefined;
  const release = values.get("release") as { key: string; value: boolean | string } | undefined;
  for (const asked of [adopt, release]) {
    if (typeof asked?.value !== "string" || frontend.count === 1) continue;
    if (asked.key.endsWith(`.${frontend.scheme}`)) continue;
    refusals.push({
      reason: "InvalidAnnotation",
      message: `annotation ${asked.key} names ${quote(asked.value)} for ${frontend.count} frontends; use ${asked.key}.internal and ${asked.key}.external`,
    });
  }
  const stray = release === undefined ? undefined : notItsOwn(release.value, frontend.existing);
  if (release !== undefined && stray !== undefined)
    refusals.push({ reason: "InvalidAnnotation", message: `annotation ${release.key}: ${stray}` });
  return {
    ...(adopt === undefined ? {} : { adopt: adopt.value }),
    ...(release === undefined || release.value === false || stray !== undefined ? {} : { release: true }),
  };
}

/** What was released has nothing in status any more to compare with. */
function isReleased(lb: LoadBalancer | undefined): boolean {
  return lb?.spec.release === true && lb.spec.refusal?.previousInForce !== false;
}

function notItsOwn(asked: boolean | string, existing: LoadBalancer | undefined): string | undefined {
  if (typeof asked === "boolean" || isReleased(existing)) return undefined;
  const has = (existing?.status?.resources ?? []).map(({ id }) => id);
  if (has.includes(asked)) return undefined;
  return `cannot release ${quote(asked)}, for the load balancer ${has.length === 0 ? "has nothing in the cloud yet" : `has ${someOf(has.map(quote), MOST_NAMED)}`}; wanted: true, or the id of what it has`;
}
