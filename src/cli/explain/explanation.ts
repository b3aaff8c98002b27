/** What was decided about a Service and where, as data. Decides by the controllers' own code. Pure. */

import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Condition } from "../../api/meta.ts";
import { annotations, installation, serviceClassPrefix } from "../../api/names.ts";
import { isReason, reasons } from "../../api/reasons.ts";
import { type Classes, createClasses, type KnownClass } from "../../controllers/classes.ts";
import { memberOf } from "../../controllers/load-balancer/members.ts";
import { objectStore } from "../../controllers/offline/object-store.ts";
import { type Decision, decideService } from "../../controllers/service/decide.ts";
import { refuseNew } from "../../controllers/service/refuse-new.ts";
import { poolRefusal } from "../../core/allocator/search.ts";
import { rangeContains } from "../../core/ip/range.ts";
import { BARE_METAL } from "../../providers/bare-metal/index.ts";
import { poolsInForce } from "../../providers/bare-metal/pools.ts";
import { allocationRequest } from "../../providers/bare-metal/requests.ts";
import type { Provider } from "../../providers/provider.ts";
import { type LoadBalancerSummary, summaryOf } from "../output/load-balancer-row.ts";
import { type PoolSummary, poolSummary } from "../output/pool-row.ts";
import { type ClassSummary, classSummary } from "../status/run.ts";
import { type ExplainedAnnouncement, explainAnnouncements } from "./announcement.ts";
import type { Gathered } from "./gather.ts";
import { unannounced } from "./unannounced.ts";
import { unhandledEdit, wantedOf } from "./unhandled.ts";

export interface ExplainedCondition extends Pick<Condition, "type" | "status" | "reason" | "message"> {
  /** One sentence each, where the reason is one of the listed ones. */
  readonly meaning: string | undefined;
  readonly remedy: string | undefined;
}

export interface ExplainedPool extends PoolSummary {
  /** Why it gives this load balancer nothing; `undefined` if it may. */
  readonly unusable: string | undefined;
}

export interface ExplainedLoadBalancer extends LoadBalancerSummary {
  readonly scheme: string;
  readonly frontend: string;
  /** What was edited and not worked on yet: all else is told as it was before. */
  readonly unhandledEdit: string | undefined;
  readonly wants: {
    readonly families: string;
    readonly addresses: string;
    readonly pool: string;
    readonly sharing: string;
  };
  /** With the pool that each address is from. */
  readonly has: readonly string[];
  readonly conditions: readonly ExplainedCondition[];
  /** Of the provider bare-metal only. */
  readonly pools: readonly ExplainedPool[];
  /** Of the provider bare-metal, once agents have said anything. */
  readonly announcements: readonly ExplainedAnnouncement[];
  /** What is amiss with them by now; conditions tell it once it has lasted for ten seconds. */
  readonly unannounced: readonly string[];
}

export interface Explanation {
  readonly service: string;
  /** `undefined`: what the user may read does not tell. */
  readonly ours: boolean | undefined;
  /** Why it is ours, or is not. */
  readonly why: string;
  readonly class: ClassSummary | undefined;
  readonly loadBalancers: readonly ExplainedLoadBalancer[];
  /** As they stand in `status.loadBalancer` of the Service. */
  readonly published: readonly string[];
  readonly events: readonly {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly count: number;
    readonly last: string | undefined;
  }[];
  /** What to do, most important first; empty if nothing is to be done. */
  readonly toDo: readonly string[];
}

export function explain(gathered: Gathered, providers: readonly Provider[], nowMs: number): Explanation {
  const { service, objects } = gathered;
  const { informers } = objectStore(objects);
  const classes = createClasses(informers.classes, new Map(providers.map((each) => [each.name, each])));
  const owned = objects.loadBalancers.filter(({ spec }) => spec.serviceRef?.uid === service.metadata.uid);
  const decision = decideService(service, owned, classes.claimable());
  const unknown = !gathered.classesKnown && decision.do === "ignore" && service.spec.type === "LoadBalancer";
  const cls = decision.do === "serve" ? classes.get(decision.className) : undefined;
  const mine = owned.filter(
    ({ metadata, spec }) => spec.className === cls?.name && metadata.deletionTimestamp === undefined,
  );
  const wanted = wantedOf(service, mine, cls, informers);
  const lbs = owned.map((lb) => ({
    ...explainLoadBalancer(lb, classes, gathered, nowMs),
    unhandledEdit: unhandledEdit(lb, mine.includes(lb) ? wanted : undefined),
  }));
  return {
    service: `${service.metadata.namespace}/${service.metadata.name}`,
    ours: unknown ? undefined : decision.do !== "ignore",
    why: unknown
      ? "it has no LoadBalancer, and you may not read the LoadBalancerClasses that claim Services"
      : whyOf(decision, service.spec.loadBalancerClass),
    class: cls === undefined ? undefined : classSummary(cls.object),
    loadBalancers: lbs,
    published: (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? ""),
    events: gathered.events.map(({ type = "", reason = "", message = "", count = 1, lastTimestamp }) => ({
      type,
      reason,
      message,
      count,
      last: lastTimestamp,
    })),
    toDo: unknown ? [roleAdvice] : [...new Set(toDo(gathered, decision, cls, lbs, nowMs))],
  };
}

const roleAdvice =
  "Ask whoever runs the cluster to bind the ClusterRole fairlead-view to you by a ClusterRoleBinding, or to explain it for you.";

function whyOf(decision: Decision, asked: string | undefined): string {
  if (decision.do === "release") return `it is being let go: ${decision.why}`;
  if (decision.do === "ignore") return decision.why;
  const { claim } = decision;
  switch (claim.by) {
    case "name":
      return `its loadBalancerClass "${asked}" names the class ${claim.className}`;
    case "alias":
      return `its loadBalancerClass "${asked}" is an alias of the class ${claim.className}`;
    case "annotation":
      return `it names no loadBalancerClass, and ${claim.className} claims it by its annotations`;
    case "default":
      return `it names no loadBalancerClass, and ${claim.className} is the default class`;
    case "record":
      return `the class ${claim.className} claimed it before, and a claim is kept`;
    case "nobody":
      return claim.why;
    default:
      return claim satisfies never;
  }
}

function explainLoadBalancer(
  lb: LoadBalancer,
  classes: Classes,
  gathered: Gathered,
  nowMs: number,
): Omit<ExplainedLoadBalancer, "unhandledEdit"> {
  const { spec, status = {} } = lb;
  const { announcing, objects } = gathered;
  const announcements = announcing === undefined ? [] : explainAnnouncements(lb, announcing, objects, nowMs);
  return {
    ...summaryOf(lb),
    scheme: spec.scheme,
    frontend: spec.frontend,
    wants: {
      families: `${spec.ipFamilies.join(", ")} (${spec.ipFamilyPolicy})`,
      addresses: spec.addresses?.join(", ") ?? "any",
      pool: spec.pool ?? "any",
      sharing: spec.sharing === undefined ? "no" : `with the key "${spec.sharing.key}"`,
    },
    has: (status.addresses ?? []).map(({ ip, hostname, pool }) => {
      const from = pool === undefined ? "" : ` from pool ${pool}`;
      return `${ip ?? hostname ?? ""}${from}`;
    }),
    conditions: (status.conditions ?? []).map(({ type, status: is, reason, message }) => {
      const known = isReason(reason) ? reasons[reason] : undefined;
      return { type, status: is, reason, message, meaning: known?.meaning, remedy: known?.remedy };
    }),
    pools: poolsFor(lb, classes.get(spec.className), gathered),
    announcements,
    // Of an address that agents have nothing to do with it is not for them to say.
    unannounced:
      announcing === undefined || announcements.length === 0
        ? []
        : unannounced(lb, announcing, objects, nowMs),
  };
}

function poolsFor(lb: LoadBalancer, cls: KnownClass | undefined, { objects }: Gathered): ExplainedPool[] {
  if (cls?.provider?.name !== BARE_METAL) return [];
  const { informers } = objectStore(objects);
  const request = allocationRequest(memberOf(lb, lb.spec, cls, informers));
  const { configs } = poolsInForce(objects.pools, objects.namespaces);
  return objects.pools.map((pool): ExplainedPool => {
    const summary = poolSummary(pool);
    const config = configs.find(({ name }) => name === summary.name);
    return { ...summary, unusable: unusable() };

    function unusable(): string | undefined {
      if (config === undefined) return summary.message || "it is not in force";
      const refusal = poolRefusal(config, request);
      if (refusal !== undefined) return refusal.message;
      const asked = request.addresses;
      if (asked.length > 0) {
        const has = asked.some((address) => config.ranges.some((range) => rangeContains(range, address)));
        return has ? undefined : "it does not have what is asked for";
      }
      if (request.pool === config.name) return undefined;
      if (request.pool !== undefined) return `pool "${request.pool}" is asked for`;
      return config.autoAssign
        ? undefined
        : "it gives addresses only to who asks for it by name (autoAssign: false)";
    }
  });
}

function toDo(
  gathered: Gathered,
  decision: Decision,
  cls: KnownClass | undefined,
  lbs: readonly ExplainedLoadBalancer[],
  nowMs: number,
): string[] {
  const { service } = gathered;
  if (decision.do === "ignore") return [...howToClaim(gathered)];
  if (decision.do === "release")
    return ["Wait; if it lasts, look at the Events and at the controller's log."];
  const steps: string[] = [];
  if (cls === undefined) {
    if (gathered.classesKnown) steps.push(reasons.ClassNotFound.remedy);
  } else if (cls.force.state === "refused") {
    steps.push(`Correct the class ${cls.name}: ${cls.force.refusal.message}`);
  } else if (cls.provider === undefined) {
    steps.push(
      `See that the controller of the provider "${cls.object.spec.provider}" runs: Fairlead's own leaves this class to it.`,
    );
  }
  if (lbs.length === 0 && refuseNew(service, [], cls) !== undefined)
    return [...steps, reasons.ClassDeleted.remedy];
  const unseen =
    lbs.length === 0 ||
    lbs.some(({ state, unhandledEdit: edit }) => state === "Unseen" || edit !== undefined);
  if (unseen && cls?.provider !== undefined) steps.push(controllerAdvice(gathered, nowMs));
  for (const { conditions, state, reason, remedy, unannounced: amiss } of lbs) {
    if (state === "Ready") steps.push(...amiss.map(waitFirst));
    else if (reason === "NotAnnounced") steps.push(nodesAdvice);
    else if (remedy !== undefined) steps.push(remedy);
    const refused = conditions.find(({ type, status }) => type === "Accepted" && status === "False");
    if (refused?.remedy !== undefined) steps.push(refused.remedy);
  }
  if (service.metadata.annotations?.[annotations.acknowledgeReplacement] === "") {
    steps.push(`Set ${annotations.acknowledgeReplacement} to a plan id, or remove it.`);
  }
  return steps;
}

/** The remedy of the reason names this very command. */
const nodesAdvice =
  "Do what the message says; the lines of the nodes above say of each why it does not announce the address.";

function waitFirst(amiss: string): string {
  return `Wait: an address that is new or moves is announced within ten seconds. If this lasts, do something about it: ${amiss}.`;
}

function howToClaim({ service, objects }: Gathered): string[] {
  if (service.spec.type !== "LoadBalancer") return ["Set spec.type of the Service to LoadBalancer."];
  if (service.metadata.deletionTimestamp !== undefined) return [];
  const names = objects.classes.map(({ metadata }) => `${serviceClassPrefix}${metadata.name}`);
  if (names.length === 0) return ["Create a LoadBalancerClass: there is none in this cluster."];
  if (service.spec.loadBalancerClass !== undefined) {
    return [
      `If Fairlead should serve it, recreate it with spec.loadBalancerClass ${names.join(" or ")}; or add "${service.spec.loadBalancerClass}" to spec.aliases of a LoadBalancerClass.`,
    ];
  }
  return [
    `If Fairlead should serve it, set spec.loadBalancerClass to ${names.join(" or ")} (a Service that has another type or none), or set spec.default: true on one of the classes.`,
  ];
}

/** Nothing has happened yet: most often because no controller runs. */
function controllerAdvice({ lease }: Gathered, nowMs: number): string {
  const { namespace, lease: name } = installation;
  const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = lease?.spec ?? {};
  const renewed = renewTime === undefined ? Number.NaN : Date.parse(renewTime);
  if (holderIdentity && nowMs - renewed < leaseDurationSeconds * 1000) {
    return `The controller ${holderIdentity} leads: wait a moment, and look at its log if nothing happens.`;
  }
  if (lease === undefined) {
    return `See that a controller runs: nothing was found of the lease ${namespace}/${name}.`;
  }
  return `See that a controller runs: the lease ${namespace}/${name} was last renewed ${renewTime ?? "never"}.`;
}
