/** AWS: a Network Load Balancer for each Service, or for each group of them. What it decides is in `desire`, what it writes in `actions`. */
import { systemClock } from "../../runtime/clock.ts";
import type { GraphContext, GraphProvider } from "../provider.ts";
import type { RequestReport } from "../request-limiter.ts";
import { listenerActions } from "./actions/listener.ts";
import { loadBalancerActions } from "./actions/load-balancer.ts";
import { nodeRuleActions, nodeRuleWriter } from "./actions/node-rules.ts";
import { securityGroupActions } from "./actions/security-group.ts";
import { targetGroupActions } from "./actions/target-group.ts";
import { targetsActions } from "./actions/targets.ts";
import { createAwsClients } from "./client.ts";
import { type Cloud, placeKey } from "./cloud.ts";
import { claims } from "./desire/claims.ts";
import { desire } from "./desire/desire.ts";
import { result } from "./desire/result.ts";
import { desireShared } from "./desire/shared-network.ts";
import { stackOf } from "./desire/view.ts";
import { createFacts } from "./facts/facts.ts";
import type { AwsFacts } from "./model/facts.ts";
import { stackKey } from "./model/names.ts";
import { rules } from "./model/rules.ts";
import { createObserve, createPoll, createStacks } from "./observe/observe.ts";
import { createOwnership, type Ownership } from "./observe/ownership.ts";
import { AWS_ANNOTATIONS, claimsByAnnotation } from "./settings/annotations.ts";
import { checkSettings } from "./settings/check-settings.ts";
import { checkClass, IMMUTABLE_SETTINGS } from "./settings/class-settings.ts";
import { readSettings } from "./settings/service-settings.ts";
import { settingsWithoutEffect } from "./settings/without-effect.ts";
import { AWS_READINESS_GATES, createTargetHealth } from "./target-health.ts";

const AWS = "aws";

export interface AwsOptions {
  /** Told of each request to AWS after its answer, for metrics. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  /** From 0 to below 1, to spread retries. Default: by chance. */
  readonly random?: (() => number) | undefined;
}

/** Credentials come from the SDK's default chain. Neither it nor anything else of the SDK is loaded before the first request. */
export function createAws(options: AwsOptions = {}): GraphProvider<AwsFacts> {
  let context: GraphContext | undefined;
  const clock = {
    now: () => (context?.clock ?? systemClock).now(),
    monotonic: () => (context?.clock ?? systemClock).monotonic(),
    setTimeout: (run: () => void, delayMs: number) =>
      (context?.clock ?? systemClock).setTimeout(run, delayMs),
  };
  const clusterUid = (): string => {
    if (context === undefined) throw new Error("The provider aws was asked before it was started");
    return context.clusterUid;
  };
  const owners = new Map<string, Ownership>();
  const cloud: Cloud = {
    clock,
    clusterUid,
    clients: createAwsClients({ clock, ...options }),
    ownership(place) {
      const key = placeKey(place);
      const ownership = owners.get(key) ?? createOwnership(clock, clusterUid);
      owners.set(key, ownership);
      return ownership;
    },
  };
  const observe = createObserve(cloud);
  const groups = securityGroupActions(cloud);
  return {
    form: "graph",
    name: AWS,
    externalResources: true,
    annotations: [AWS_ANNOTATIONS],
    features: ["sharing", "adoption", "release", "nodes", "endpoints", "scheme-change", "drift"],
    watches: ["nodes", "endpointslices"],
    immutableSettings: IMMUTABLE_SETTINGS,
    checkClass,
    checkSettings,
    settingsWithoutEffect: (settings) =>
      checkSettings(settings).length === 0 ? settingsWithoutEffect(readSettings(settings)) : [],
    claimsByAnnotation,
    start(given) {
      context = given;
    },
    stackOf,
    facts: createFacts(cloud),
    claims,
    desire: (stack, facts) => desire(stack, facts, { clusterUid: clusterUid() }),
    desireShared: ({ key, claims: claimed }) => desireShared(key, claimed, clusterUid()),
    observe,
    poll: createPoll(cloud, observe),
    targetHealth: createTargetHealth(cloud),
    readinessGates: AWS_READINESS_GATES,
    stacks: createStacks(cloud),
    keyInMarks: stackKey,
    rules,
    actions: {
      "load-balancer": loadBalancerActions(cloud),
      "security-group": groups,
      "target-group": targetGroupActions(cloud),
      targets: targetsActions(cloud),
      listener: listenerActions(cloud),
      "backend-security-group": groups,
      "node-rule": nodeRuleActions(cloud),
    },
    documents: nodeRuleWriter(cloud),
    result,
  };
}
