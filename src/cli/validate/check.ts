/** What the schemas of single objects can't see: annotations, settings, ranges of several pools. Pure. */

import type { Service } from "../../api/kubernetes.ts";
import { claimableClass } from "../../controllers/classes.ts";
import { decideClaim } from "../../core/claim.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { readAnnotations } from "../../core/translate/annotations.ts";
import { GENERIC_ANNOTATIONS } from "../../core/translate/generic-annotations.ts";
import { settingsIn } from "../../core/translate/translate.ts";
import { poolsInForce } from "../../providers/bare-metal/pools.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Interpreted, ManifestProblem, Placed } from "../manifests/interpret.ts";
import { objectsOf } from "../manifests/interpret.ts";
import { advertisingProblems } from "./advertising.ts";

export function findProblems(read: Interpreted, providers: readonly Provider[]): ManifestProblem[] {
  return [
    ...read.problems,
    ...read.objects.classes.flatMap(({ place, object }) => {
      const provider = providers.find(({ name }) => name === object.spec.provider);
      if (provider === undefined) {
        const known = providers.map(({ name }) => name).join(", ");
        const message = `no provider of that name comes with Fairlead (there: ${known}); such a class is left to another controller`;
        return [
          {
            ...place,
            severity: "warning" as const,
            field: "spec.provider",
            found: object.spec.provider,
            message,
          },
        ];
      }
      const findings = provider.checkClass(object.spec.settings ?? {});
      return findings.map((finding) => asProblem(place, "error", "spec.settings", finding));
    }),
    ...overlaps(read),
    ...advertisingProblems(read),
    ...read.objects.services.flatMap((service) => inService(service, read, providers)),
  ];
}

function overlaps(read: Interpreted): ManifestProblem[] {
  const { pools, namespaces } = objectsOf(read);
  const { verdicts } = poolsInForce(pools, namespaces);
  return read.objects.pools.flatMap(({ place }) => {
    const verdict = verdicts.get(place.name ?? "");
    return verdict === undefined || verdict.accepted
      ? []
      : [asProblem(place, "error", "spec.addresses", verdict.problem)];
  });
}

/** By the annotations of its class's provider; by those of all where the class is not among the files. */
function inService(
  { place, object }: Placed<Service>,
  read: Interpreted,
  providers: readonly Provider[],
): ManifestProblem[] {
  if (object.spec.type !== "LoadBalancer") return [];
  const classes = read.objects.classes.map((cls) => cls.object);
  const claimable = classes.map(({ metadata, spec }) =>
    claimableClass(
      metadata,
      spec,
      providers.find(({ name }) => name === spec.provider),
    ),
  );
  const claim = decideClaim(object, claimable, undefined);
  const cls =
    claim.by === "nobody" ? undefined : classes.find(({ metadata }) => metadata.name === claim.className);
  const concerned = providers.filter(({ name }) => cls === undefined || name === cls.spec.provider);
  const tables = [GENERIC_ANNOTATIONS, ...concerned.flatMap(({ annotations }) => annotations)];
  const found = new Map<string, ManifestProblem>();
  const keep = (severity: "error" | "warning", findings: readonly Pick<Finding, "message">[]): void => {
    for (const finding of findings)
      found.set(finding.message, asProblem(place, severity, "metadata.annotations", finding));
  };
  const { settings: ofClass } = cls?.spec ?? {};
  const [provider, ...others] = concerned;
  for (const frontend of ["internal", "external"]) {
    const annotations = object.metadata.annotations ?? {};
    const { refusals, warnings, values } = readAnnotations(annotations, tables, frontend, ofClass);
    keep("error", refusals);
    keep("warning", warnings);
    const settings = settingsIn(values);
    if (settings === undefined || provider === undefined || others.length > 0) continue;
    keep("error", provider.checkSettings(settings, ofClass));
    keep("warning", provider.settingsWithoutEffect?.(settings) ?? []);
  }
  return [...found.values()];
}

/** Findings say themselves what was found. */
function asProblem(
  place: Placed<unknown>["place"],
  severity: ManifestProblem["severity"],
  field: string,
  { message }: Pick<Finding, "message">,
): ManifestProblem {
  return { ...place, severity, field, message };
}
