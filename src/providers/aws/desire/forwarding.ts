/** The resources of one listener: itself, the target group it leads to, and who is registered there. */
import { reference } from "../../../core/plan/reference.ts";
import type { DesiredResource } from "../../../core/plan/types.ts";
import { listenerDefaults } from "../model/attributes.ts";
import type { AwsFacts } from "../model/facts.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import {
  asFields,
  type HealthCheckFields,
  kinds,
  type ListenerFields,
  type TargetGroupFields,
  type TargetsFields,
} from "../model/resources.ts";
import type { Backends } from "./backends.ts";
import type { Listens } from "./listens.ts";
import { targetAttributes } from "./target-attributes.ts";
import type { View } from "./view.ts";

export interface Forwarding {
  readonly view: View;
  readonly listens: Listens;
  readonly healthCheck: HealthCheckFields;
  readonly backends: Backends;
  readonly facts: AwsFacts;
  /** The tags of a resource of this member, marks included. */
  readonly tags: (resource: string) => Tags;
}

export function forwardingResources(input: Forwarding): DesiredResource[] {
  const { view, listens, backends } = input;
  const ids = {
    group: `target-group/${listens.port}`,
    targets: `targets/${listens.port}`,
    listener: `listener/${listens.port}`,
  };
  const of = `port ${listens.port} of ${view.member.key}`;
  const common = { members: [view.uid], note: `serves ${of}` };
  const targets: TargetsFields = { targetGroup: reference(ids.group), targets: backends.targets };
  return [
    {
      ...common,
      id: ids.group,
      kind: kinds.targetGroup,
      fields: asFields(groupFields(input, ids.group)),
      dependsOn: [],
    },
    { ...common, id: ids.targets, kind: kinds.targets, fields: asFields(targets), dependsOn: [] },
    {
      ...common,
      id: ids.listener,
      kind: kinds.listener,
      fields: asFields(listenerFields(input, ids)),
      // Nothing is sent to a target group before its targets are in it.
      dependsOn: [ids.targets],
    },
  ];
}

function groupFields({ view, listens, healthCheck, facts, tags }: Forwarding, id: string): TargetGroupFields {
  const { from, targetProtocol } = listens;
  const target = from.targetPort ?? from.port;
  return {
    protocol: targetProtocol,
    // Every target has its own port; with names of ports there is no one number.
    port:
      view.targetType === "instance" ? (from.nodePort as number) : typeof target === "number" ? target : 1,
    targetType: view.targetType,
    vpc: facts.vpc.id,
    ipAddressType: view.family === "IPv6" ? "ipv6" : "ipv4",
    loadBalancer: reference("load-balancer"),
    healthCheck,
    attributes: targetAttributes(view, listens),
    tags: tags(id),
  };
}

function listenerFields(
  { view, listens, tags }: Forwarding,
  ids: { readonly group: string; readonly listener: string },
): ListenerFields {
  const { settings, cls } = view;
  const key = `${listens.protocol}-${listens.port}`;
  const action = settings.actions[key];
  const [certificate, ...others] = listens.protocol === "TLS" ? (settings.certificates ?? []) : [];
  const seconds = settings.drainBeforeDeleteSeconds ?? cls.drainBeforeDeleteSeconds;
  return {
    loadBalancer: reference("load-balancer"),
    port: listens.port,
    protocol: listens.protocol,
    forward: {
      targetGroups: [
        { arn: reference(ids.group), weight: action === undefined ? null : (action.baseWeight ?? 1) },
        ...(action?.targetGroups ?? []).map(({ arn, weight = 1 }) => ({ arn, weight })),
      ],
      stickiness: action?.sticky ?? false,
    },
    certificate: certificate ?? null,
    moreCertificates: [...new Set(others)].filter((each) => each !== certificate).sort(),
    sslPolicy: certificate === undefined ? null : (settings.tlsPolicy ?? cls.tlsPolicy),
    alpn: certificate === undefined || settings.alpnPolicy === "None" ? null : settings.alpnPolicy,
    attributes: { ...listenerDefaults(listens.protocol), ...settings.listenerAttributes[key] },
    drain: seconds === 0 ? null : { seconds, targetGroup: reference(ids.group) },
    tags: { ...tags(ids.listener), ...(seconds === 0 ? {} : { [markKeys.drain]: String(seconds) }) },
  };
}
