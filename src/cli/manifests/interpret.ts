/** Turns documents into objects of the kinds that matter, and tells what is wrong with those that can't be taken. */

import type { EndpointSlice, Namespace, Node, Service } from "../../api/kubernetes.ts";
import { apiVersion, group, version } from "../../api/names.ts";
import { nearest } from "../../api/nearest.ts";
import {
  type Parsed,
  parseBFDProfile,
  parseBGPAdvertisement,
  parseBGPPeer,
  parseCommunity,
  parseIPAddressPool,
  parseL2Advertisement,
  parseLoadBalancer,
  parseLoadBalancerClass,
} from "../../api/parse.ts";
import { describeProblem, type Problem } from "../../api/problems.ts";
import type { Objects } from "../../controllers/offline/plan-objects.ts";
import { parseEndpointSlice, parseNode } from "./backend-schema.ts";
import type { ManifestDocument } from "./documents.ts";
import { parseNamespace, parseService } from "./service-schema.ts";

/** All that may stand in manifests. */
type Read = { readonly [K in keyof Objects]-?: NonNullable<Objects[K]>[number] };

/** Where an object stands, and which it is as far as that can be read. */
export interface Place {
  readonly file: string;
  readonly document: number;
  readonly line: number;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface ManifestProblem extends Place {
  /** A warning does not keep the object from being served. */
  readonly severity: "error" | "warning";
  readonly field: string;
  readonly found?: unknown;
  /** Without the field: what is wrong, what is wanted, what was probably meant. */
  readonly message: string;
}

export interface Placed<T> {
  readonly place: Place;
  readonly object: T;
}

export interface Interpreted {
  readonly objects: {
    readonly [K in keyof Read]: readonly Placed<Read[K]>[];
  };
  readonly problems: readonly ManifestProblem[];
  /** Objects of other kinds. */
  readonly passedOver: number;
}

interface Kind {
  readonly into: keyof Objects;
  readonly namespaced: boolean;
  readonly parse: (value: unknown) => Parsed<unknown>;
}

const kinds: Readonly<Record<string, Kind>> = {
  [`${apiVersion} LoadBalancerClass`]: { into: "classes", namespaced: false, parse: parseLoadBalancerClass },
  [`${apiVersion} LoadBalancer`]: { into: "loadBalancers", namespaced: true, parse: parseLoadBalancer },
  [`${apiVersion} IPAddressPool`]: { into: "pools", namespaced: false, parse: parseIPAddressPool },
  [`${apiVersion} L2Advertisement`]: {
    into: "l2Advertisements",
    namespaced: false,
    parse: parseL2Advertisement,
  },
  [`${apiVersion} BGPAdvertisement`]: {
    into: "bgpAdvertisements",
    namespaced: false,
    parse: parseBGPAdvertisement,
  },
  [`${apiVersion} BGPPeer`]: { into: "bgpPeers", namespaced: false, parse: parseBGPPeer },
  [`${apiVersion} BFDProfile`]: { into: "bfdProfiles", namespaced: false, parse: parseBFDProfile },
  [`${apiVersion} Community`]: { into: "communities", namespaced: false, parse: parseCommunity },
  "v1 Service": { into: "services", namespaced: true, parse: parseService },
  "v1 Namespace": { into: "namespaces", namespaced: false, parse: parseNamespace },
  "v1 Node": { into: "nodes", namespaced: false, parse: parseNode },
  "discovery.k8s.io/v1 EndpointSlice": {
    into: "endpointSlices",
    namespaced: true,
    parse: parseEndpointSlice,
  },
};

/** `namespace`: for namespaced objects that name none. */
export function interpret(documents: readonly ManifestDocument[], namespace: string): Interpreted {
  const objects: { [K in keyof Read]: Placed<never>[] } = {
    services: [],
    namespaces: [],
    classes: [],
    pools: [],
    loadBalancers: [],
    nodes: [],
    endpointSlices: [],
    l2Advertisements: [],
    bgpAdvertisements: [],
    bgpPeers: [],
    bfdProfiles: [],
    communities: [],
  };
  const problems: ManifestProblem[] = [];
  const seen = new Map<string, Place>();
  let passedOver = 0;
  for (const document of documents) {
    const head = headOf(document);
    const where = `${head.apiVersion ?? ""} ${head.kind ?? ""}`;
    const known = Object.hasOwn(kinds, where) ? kinds[where] : undefined;
    if (known === undefined) {
      const problem = unknownKind(head);
      if (problem === undefined) passedOver += 1;
      else problems.push({ ...placeOf(document, head), ...problem });
      continue;
    }
    const place = placeOf(document, head, known.namespaced ? namespace : undefined);
    const parsed = known.parse(known.namespaced ? inNamespace(document.value, namespace) : document.value);
    if (!parsed.ok) {
      problems.push(...parsed.problems.map((problem) => asManifestProblem(place, problem)));
      continue;
    }
    const id = `${place.kind} ${place.namespace ?? ""}/${place.name}`;
    const before = seen.get(id);
    if (before !== undefined) {
      const message = `is defined a second time; first at ${before.file}:${before.line}`;
      problems.push({ ...place, severity: "error", field: "metadata.name", found: place.name, message });
      continue;
    }
    seen.set(id, place);
    objects[known.into].push({ place, object: parsed.value as never });
  }
  return { objects, problems, passedOver };
}

/** The bare objects, as the planner takes them. */
export function objectsOf({ objects }: Pick<Interpreted, "objects">): Objects {
  const bare = <T>(all: readonly Placed<T>[]): T[] => all.map(({ object }) => object);
  return {
    services: bare<Service>(objects.services),
    namespaces: bare<Namespace>(objects.namespaces),
    classes: bare(objects.classes),
    pools: bare(objects.pools),
    loadBalancers: bare(objects.loadBalancers),
    nodes: bare<Node>(objects.nodes),
    endpointSlices: bare<EndpointSlice>(objects.endpointSlices),
    l2Advertisements: bare(objects.l2Advertisements),
    bgpAdvertisements: bare(objects.bgpAdvertisements),
    bgpPeers: bare(objects.bgpPeers),
    bfdProfiles: bare(objects.bfdProfiles),
    communities: bare(objects.communities),
  };
}

/** `shop.yaml:12: Service shop/web: spec.ports[0].port: found 0, must be at least 1`. */
export function describeManifestProblem(problem: ManifestProblem): string {
  const { file, line, kind, namespace, name, field, found, message } = problem;
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  const object = kind === undefined ? "" : ` ${kind}${name === undefined ? "" : ` ${path}`}:`;
  return `${file}:${line}:${object} ${describeProblem({ field, found, message })}`;
}

function asManifestProblem(place: Place, { field, found, message }: Problem): ManifestProblem {
  return { ...place, severity: "error", field, found, message };
}

interface Head {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

function headOf({ value }: ManifestDocument): Head {
  const object = record(value);
  const { name, namespace } = record(object.metadata);
  return {
    apiVersion: text(object.apiVersion),
    kind: text(object.kind),
    name: text(name),
    namespace: text(namespace),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function placeOf({ file, document, line }: ManifestDocument, head: Head, fallback?: string): Place {
  return { file, document, line, kind: head.kind, name: head.name, namespace: head.namespace ?? fallback };
}

function inNamespace(value: unknown, namespace: string): unknown {
  const metadata = record(record(value).metadata);
  if (metadata.namespace !== undefined) return value;
  return { ...record(value), metadata: { ...metadata, namespace } };
}

/** Other people's kinds are passed over; what was probably meant to be one of ours is not. */
function unknownKind({ apiVersion: from, kind }: Head): Omit<ManifestProblem, keyof Place> | undefined {
  const severity = "error";
  if (from === undefined || kind === undefined) {
    const field = from === undefined ? "apiVersion" : "kind";
    return { severity, field, message: "is required: this is no Kubernetes object" };
  }
  const ours = Object.keys(kinds).flatMap((known) => {
    const [knownVersion, name = ""] = known.split(" ");
    return knownVersion === apiVersion ? [name] : [];
  });
  const [fromGroup = ""] = from.split("/");
  if (fromGroup === group) {
    if (from !== apiVersion) {
      return { severity, field: "apiVersion", found: from, message: `must be ${apiVersion}` };
    }
    const meant = nearest(kind, ours);
    const advice = meant === undefined ? `the kinds are ${ours.join(", ")}` : `did you mean ${meant}?`;
    return { severity, field: "kind", found: kind, message: `is no kind of ${group}/${version}; ${advice}` };
  }
  if (nearest(fromGroup, [group]) !== undefined) {
    return { severity, field: "apiVersion", found: from, message: `did you mean ${apiVersion}?` };
  }
  if (fromGroup === "metallb.io" && ours.includes(kind)) {
    const message = `is MetalLB's: Fairlead reads it with apiVersion ${apiVersion} and without metadata.namespace`;
    return { severity: "warning", field: "apiVersion", found: from, message };
  }
  return undefined;
}
