/** A listener of AWS in the spelling of the model. Pure. */

import type { Listener, TargetGroupTuple } from "@aws-sdk/client-elastic-load-balancing-v2";
import { cloudIdText } from "../cloud.ts";
import type { Attributes, TargetProtocol } from "../model/attributes.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import { type ListenerFields, sortedBy } from "../model/resources.ts";

export interface ListenerSeen {
  readonly attributes: Attributes;
  readonly moreCertificates: readonly string[];
  readonly tags: Tags;
  /** The target group that would be drained: the stack's own. */
  readonly ownTargetGroup: string | undefined;
}

export function listenerFields(listener: Listener, seen: ListenerSeen): ListenerFields {
  const isTls = listener.Protocol === "TLS";
  const [alpn = "None"] = listener.AlpnPolicy ?? [];
  const drain = seen.tags[markKeys.drain];
  return {
    loadBalancer: listener.LoadBalancerArn ?? "",
    port: listener.Port ?? 0,
    protocol: (listener.Protocol ?? "TCP") as TargetProtocol,
    forward: forwardOf(listener),
    certificate: isTls ? (listener.Certificates?.[0]?.CertificateArn ?? null) : null,
    moreCertificates: seen.moreCertificates,
    sslPolicy: isTls ? (listener.SslPolicy ?? null) : null,
    alpn: isTls && alpn !== "None" ? alpn : null,
    attributes: seen.attributes,
    drain: drain === undefined ? null : { seconds: Number(drain), targetGroup: seen.ownTargetGroup ?? "" },
    tags: seen.tags,
  };
}

/** ARNs of the target groups that a listener forwards to. */
export function forwardsTo(listener: Listener): string[] {
  return forwardOf(listener).targetGroups.map(({ arn }) => cloudIdText(arn));
}

function forwardOf({ DefaultActions }: Listener): ListenerFields["forward"] {
  const action = DefaultActions?.find(({ Type }) => Type === "forward");
  const single = action?.TargetGroupArn;
  const several = action?.ForwardConfig?.TargetGroups ?? [];
  const tuples: readonly TargetGroupTuple[] =
    several.length > 0 ? several : single === undefined ? [] : [{ TargetGroupArn: single }];
  const [only, ...others] = tuples;
  if (only === undefined) return { targetGroups: [], stickiness: false };
  if (others.length === 0)
    return { targetGroups: [{ arn: only.TargetGroupArn ?? "", weight: null }], stickiness: false };
  const groups = tuples.map(({ TargetGroupArn = "", Weight = 1 }) => ({
    arn: TargetGroupArn,
    weight: Weight,
  }));
  return {
    targetGroups: sortedBy(groups, ({ arn }) => arn),
    stickiness: action?.ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true,
  };
}
