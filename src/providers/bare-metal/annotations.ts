/** MetalLB's annotations, which mean the same here. Fairlead's own come first where both are set. */
import { metallbAnnotations } from "../../api/names.ts";
import type { AnnotationEntry, AnnotationTable } from "../../core/translate/annotations.ts";
import { GENERIC_ANNOTATIONS } from "../../core/translate/generic-annotations.ts";

/** An alias does what the generic annotation with the same target does. */
function aliases(target: AnnotationEntry["sets"], keys: readonly string[]): AnnotationEntry[] {
  const original = GENERIC_ANNOTATIONS.entries.find((entry) => entry.sets === target);
  if (original === undefined) throw new TypeError(`No generic annotation sets ${target}`);
  return keys.map((key) => ({ ...original, key, insteadUse: original.key }));
}

export const BARE_METAL_ANNOTATIONS: AnnotationTable = {
  prefixes: ["metallb.io/", "metallb.universe.tf/"],
  entries: [
    ...aliases("addresses", metallbAnnotations.addresses),
    ...aliases("pool", metallbAnnotations.addressPool),
    ...aliases("sharingKey", metallbAnnotations.allowSharedIP),
    ...["metallb.io/ip-allocated-from-pool", "metallb.universe.tf/ip-allocated-from-pool"].map((key) => ({
      key,
      sets: "none" as const,
      parse: (value: string) => ({ ok: true as const, value }),
      description:
        "Written by MetalLB. Neither read nor changed, so that going back to MetalLB stays possible.",
      default: "none",
      onChange: "nothing",
    })),
  ],
};
