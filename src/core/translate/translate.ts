/** Step 1 of the flow: a Service and its class become the spec of one LoadBalancer per frontend. Pure. */
import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerSpec } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import { type AnnotationTable, cannotUse, type Finding, readAnnotations } from "./annotations.ts";
import { type Frontend, matchFrontends } from "./frontends.ts";
import { type FrontendName, GENERIC_ANNOTATIONS, parseAddresses } from "./generic-annotations.ts";
import { handoverOf } from "./handover.ts";
import { sharingBackend, specFromService } from "./service-spec.ts";
import { sourceRangesOf } from "./source-ranges.ts";

/** The part of the class that translation looks at. */
export type ClassDefaults = Pick<LoadBalancerClassSpec, "defaults" | "settings">;

export interface DesiredLoadBalancer {
  readonly name: string;
  /** The Service's labels: pools select by them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: LoadBalancerSpec;
}

export interface TranslationInput {
  readonly service: Service;
  readonly className: string;
  /** `undefined` while the class does not exist: only what needs no class is translated. */
  readonly cls: ClassDefaults | undefined;
  /** The provider's own annotations; the generic ones are always read. */
  readonly annotations: readonly AnnotationTable[];
  /** The LoadBalancers of this very Service (by UID) that exist now. */
  readonly existing: readonly LoadBalancer[];
  /** Asks the provider about the settings of one frontend. */
  readonly checkSettings?: (settings: Readonly<Record<string, unknown>>) => readonly Finding[];
  /** Asks whether the provider can do at all what a spec asks for. */
  readonly checkAbility?: (spec: LoadBalancerSpec) => Finding | undefined;
  /** Asks the class about an edit of what is in force. A new load balancer is not asked about here. */
  readonly checkEdit?: (next: LoadBalancerSpec, previous: LoadBalancerSpec) => Finding | undefined;
}

/**
 * Translates a Service.
 *
 * A Service that can't be translated as it is (a value that can't be read) keeps, in each of its load balancers, the spec that was
 * accepted last, with `refusal.previousInForce: true`; a load balancer that was never accepted gets `previousInForce: false`, and nothing
 * serves it until the Service is edited. The result is the same for the same input, in any order of keys.
 */
export function translate(input: TranslationInput): DesiredLoadBalancer[] {
  const annotations = input.service.metadata.annotations ?? {};
  const tables = [GENERIC_ANNOTATIONS, ...input.annotations];
  const whole = readAnnotations(annotations, tables, "default", input.cls?.settings);
  const refusedWhole = whole.refusals.filter(({ target }) => target === "frontends" || target === "scheme");
  const inForce = input.existing.filter((lb) => specInForce(lb) !== undefined);
  // Which frontends are wanted can't be read: those that are served stay.
  if (refusedWhole.length > 0 && inForce.length > 0) {
    return inForce.map((lb) => ({
      name: lb.metadata.name ?? "",
      labels: labelsOf(input.service),
      spec: refused(input.service, lb, undefined, refusedWhole, whole.warnings),
    }));
  }
  const wanted = wantedFrontends(whole.values, input.cls);
  return matchFrontends(input.service.metadata.name ?? "", wanted, input.existing).map((frontend) =>
    oneFrontend(input, tables, frontend, wanted.length),
  );
}

function oneFrontend(
  input: TranslationInput,
  tables: readonly AnnotationTable[],
  frontend: Frontend,
  count: number,
): DesiredLoadBalancer {
  const { service } = input;
  const read = readAnnotations(
    service.metadata.annotations ?? {},
    tables,
    frontend.scheme,
    input.cls?.settings,
  );
  const refusals: Finding[] = [...read.refusals];
  const addresses = requestedAddresses(service, read.values, refusals, count, frontend.scheme);
  const pool = read.values.get("pool")?.value as string | undefined;
  const sharingKey = read.values.get("sharingKey")?.value as string | undefined;
  const group = read.values.get("group")?.value as string | undefined;
  const { scheme, existing } = frontend;
  const handover = handoverOf(read.values, { scheme, count, existing }, refusals);
  const warnings = [...read.warnings];
  const { sourceRanges: _inField, ...fromService } = specFromService(service);
  const settings = settingsIn(read.values);
  if (settings !== undefined) refusals.push(...(input.checkSettings?.(settings) ?? []));
  const spec: LoadBalancerSpec = {
    className: input.className,
    serviceRef: { name: service.metadata.name ?? "", uid: service.metadata.uid ?? "" },
    frontend: frontend.frontend,
    scheme: frontend.scheme,
    ...fromService,
    ...sourceRangesOf(service, read.values.get("sourceRanges"), warnings),
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(pool === undefined ? {} : { pool }),
    ...(sharingKey === undefined ? {} : { sharing: { key: sharingKey, backend: sharingBackend(service) } }),
    ...(group === undefined ? {} : { group }),
    ...handover,
    ...(settings === undefined ? {} : { settings }),
    ...(warnings.length > 0 ? { warnings: warnings.map((warning) => ({ ...warning })) } : {}),
  };
  const labels = labelsOf(service);
  const unable = input.checkAbility?.(spec);
  if (unable !== undefined) refusals.push(unable);
  const inForce = specInForce(existing);
  if (refusals.length === 0 && inForce !== undefined) {
    const refusal = input.checkEdit?.(spec, inForce);
    if (refusal !== undefined) refusals.push(refusal);
  }
  if (refusals.length === 0) return { name: frontend.objectName, labels, spec };
  return {
    name: frontend.objectName,
    labels,
    spec: refused(service, existing, spec, refusals, warnings),
  };
}

/** The spec in force, with the refusal in it. */
function refused(
  service: Service,
  existing: LoadBalancer | undefined,
  translated: LoadBalancerSpec | undefined,
  refusals: readonly Finding[],
  warnings: readonly Finding[],
): LoadBalancerSpec {
  const first = refusals[0];
  const reason = first?.reason ?? "InvalidAnnotation";
  const message = refusals
    .map((finding) => finding.message)
    .join("; ")
    .slice(0, 1024);
  const inForce = specInForce(existing);
  const base = inForce ?? translated ?? existing?.spec;
  if (base === undefined) throw new TypeError("A refusal needs a spec to stand on");
  const { warnings: _past, ...spec } = inForce === undefined ? base : followed(base, service);
  return {
    ...spec,
    // What is noticed now, and not what was noticed when the spec was accepted.
    ...(warnings.length > 0 ? { warnings: warnings.map((warning) => ({ ...warning })) } : {}),
    refusal: { reason, message, previousInForce: inForce !== undefined },
  };
}

/**
 * What of a refused edit holds all the same: the Service's own ports and traffic policy. They are valid (the API server took them), and
 * every node serves them already, whatever an annotation says: who else may have an address depends on the ports that are really in use.
 * Clients that are kept out stay so where the Service has no field about them any more: an annotation may have said it.
 */
function followed(previous: LoadBalancerSpec, service: Service): LoadBalancerSpec {
  const { ipFamilies: _families, ipFamilyPolicy: _policy, ...now } = specFromService(service);
  const {
    healthCheckNodePort: _port,
    sessionAffinity: _affinity,
    sessionAffinityTimeoutSeconds: _timeout,
    ...kept
  } = previous;
  const sharing =
    kept.sharing === undefined ? {} : { sharing: { ...kept.sharing, backend: sharingBackend(service) } };
  return { ...kept, ...now, ...sharing };
}

/** The spec of a load balancer that has been accepted: what a refused edit leaves as it is. */
function specInForce(lb: LoadBalancer | undefined): LoadBalancerSpec | undefined {
  if (lb === undefined) return undefined;
  if (lb.spec.refusal !== undefined) return lb.spec.refusal.previousInForce ? lb.spec : undefined;
  const held = (lb.status?.addresses?.length ?? 0) > 0;
  const accepted = lb.status?.conditions?.some(
    ({ type, status }) => type === "Accepted" && status === "True",
  );
  return held || accepted === true ? lb.spec : undefined;
}

interface WantedFrontend {
  readonly frontend: "default" | FrontendName;
  readonly scheme: FrontendName;
}

function wantedFrontends(values: ReadAnnotationValues, cls: ClassDefaults | undefined): WantedFrontend[] {
  const asked = values.get("frontends")?.value as FrontendName[] | undefined;
  const scheme = values.get("scheme")?.value as FrontendName | undefined;
  const named = asked ?? (scheme === undefined ? cls?.defaults.frontends : undefined);
  if (named !== undefined && named.length > 0) return named.map((name) => ({ frontend: name, scheme: name }));
  return [{ frontend: "default", scheme: scheme ?? cls?.defaults.scheme ?? "internal" }];
}

type ReadAnnotationValues = ReturnType<typeof readAnnotations>["values"];

function requestedAddresses(
  service: Service,
  values: ReadAnnotationValues,
  refusals: Finding[],
  frontends: number,
  scheme: FrontendName,
): string[] {
  const annotated = values.get("addresses");
  const field = service.spec?.loadBalancerIP;
  let fromField: string[] | undefined;
  if (field !== undefined && field !== "") {
    const parsed = field.length > 64 ? { ok: false as const, wanted: "" } : parseAddresses(field);
    if (parsed.ok && parsed.value.length === 1) fromField = parsed.value;
    else {
      const why = parsed.ok || parsed.why === undefined ? {} : { why: parsed.why };
      const message = `spec.loadBalancerIP: ${cannotUse(field, { ok: false, wanted: "one address", ...why })}`;
      refusals.push({ reason: "InvalidSpec", message });
    }
  }
  const listed = annotated?.value as string[] | undefined;
  if (
    listed !== undefined &&
    fromField !== undefined &&
    !fromField.every((address) => listed.includes(address))
  ) {
    refusals.push({
      reason: "InvalidAnnotation",
      message: `annotation ${annotated?.key} asks for ${listed.join(",")} but spec.loadBalancerIP for ${fromField.join(",")}; remove one of them`,
    });
  }
  const addresses = listed ?? fromField ?? [];
  const { ipFamilies } = specFromService(service);
  const strange = addresses.find((address) => !ipFamilies.includes(familyOfText(address)));
  if (strange !== undefined) {
    const where = listed === undefined ? "spec.loadBalancerIP" : `annotation ${annotated?.key}`;
    refusals.push({
      reason: listed === undefined ? "InvalidSpec" : "InvalidAnnotation",
      message: `${where}: cannot use ${strange}, for the Service is ${ipFamilies.join(" and ")} only; ask for an address of that family, or change spec.ipFamilies and spec.ipFamilyPolicy`,
    });
  }
  const qualified = annotated?.key.endsWith(`.${scheme}`) === true;
  if (addresses.length > 0 && frontends > 1 && !qualified) {
    refusals.push({
      reason: "InvalidAnnotation",
      message: `the address ${addresses.join(",")} is asked for by ${frontends} frontends; use fairlead.io/addresses.internal and fairlead.io/addresses.external`,
    });
  }
  // The API server would not take what no family of the Service fits, not even beside the refusal.
  return strange === undefined ? addresses : [];
}

/** Of an address that was read already. */
function familyOfText(address: string): "IPv4" | "IPv6" {
  return address.includes(":") ? "IPv6" : "IPv4";
}

const SETTINGS = "settings.";

/** What annotations come to in `spec.settings`. */
export function settingsIn(values: ReadAnnotationValues): Record<string, unknown> | undefined {
  const settings: Record<string, unknown> = {};
  for (const [target, { value }] of values) {
    if (!target.startsWith(SETTINGS)) continue;
    const [name = "", within] = target.slice(SETTINGS.length).split(".");
    settings[name] = within === undefined ? value : { ...(settings[name] as object), [within]: value };
  }
  return Object.keys(settings).length > 0 ? settings : undefined;
}

function labelsOf(service: Service): Record<string, string> {
  return { ...service.metadata.labels };
}
