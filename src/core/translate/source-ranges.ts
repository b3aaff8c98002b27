/** Which clients are let in: by the Service's field, or by an annotation known from its cloud. */
import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancerSpec } from "../../api/load-balancer.ts";
import { isCidr } from "../../api/schema/address-text.ts";
import { compareText } from "../compare-text.ts";
import { quote } from "../quote.ts";
import type { Finding, Parsed, ReadAnnotations } from "./annotations.ts";
import { specFromService } from "./service-spec.ts";

const MOST = 1024;

/** Reads CIDRs, comma separated; at most 1,024. Sorted, none twice. */
export function parseSourceRanges(value: string): Parsed<string[]> {
  const wanted = `1 to ${MOST} CIDRs such as 192.0.2.0/24 or 2001:db8::/64, comma separated`;
  const ranges = value.split(",").map((text) => text.trim());
  if (ranges.length > MOST) return { ok: false, wanted, why: `there are ${ranges.length}` };
  const strange = ranges.find((text) => !isCidr(text));
  if (strange !== undefined) return { ok: false, wanted, why: `${quote(strange)} is none` };
  return { ok: true, value: sorted(ranges) };
}

/** The Service's own field wins; an annotation that says something else is warned of. */
export function sourceRangesOf(
  service: Service,
  annotated: ReturnType<ReadAnnotations["values"]["get"]>,
  warnings: Finding[],
): Pick<LoadBalancerSpec, "sourceRanges"> {
  const { sourceRanges } = specFromService(service);
  if (annotated === undefined) return sourceRanges === undefined ? {} : { sourceRanges };
  const asked = annotated.value as string[];
  if (sourceRanges === undefined) return { sourceRanges: asked };
  if (sorted(sourceRanges).join() !== asked.join()) {
    warnings.push({
      reason: "IgnoredAnnotation",
      message: `annotation ${annotated.key} is ignored because spec.loadBalancerSourceRanges is set and says something else; remove one of them`,
    });
  }
  return { sourceRanges };
}

function sorted(ranges: readonly string[]): string[] {
  return [...new Set(ranges)].sort(compareText);
}
