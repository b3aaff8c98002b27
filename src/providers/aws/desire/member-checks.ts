/** What one member asks for that AWS can't do, or that can't have an effect, checked before any call. */
import type { Problem } from "../../provider.ts";
import { isMark, mostAddedTags } from "../model/marks.ts";
import { checkAgainstClass } from "../settings/check-settings.ts";
import { settingsWithoutEffect } from "../settings/without-effect.ts";
import { wrongAdoption } from "./adoption.ts";
import { addressTypeOf } from "./group-settings.ts";
import { healthCheckOf } from "./health-check.ts";
import { type Listening, type Listens, listeningOf } from "./listens.ts";
import { degraded, pending } from "./problems.ts";
import { settingsWithoutPort } from "./settings-without-port.ts";
import { wrongSources } from "./sources.ts";
import { wrongTargetAttributes } from "./target-attributes.ts";
import type { View } from "./view.ts";

/** What it listens on, and all that is wrong. `leader` decides about the load balancer as a whole. */
export function judgeMember(view: View, leader: View): Listening {
  const { listens, problems } = listeningOf(view);
  return {
    listens,
    problems: [
      ...wrongAdoption(view),
      ...unknownHere(view),
      ...wrongFamilies(view),
      ...wrongSources(view, addressTypeOf(leader)),
      ...wrongTags(view),
      ...problems,
      ...wrongDatagrams(leader, listens),
      ...listens.flatMap((each) => {
        const check = healthCheckOf(view, each);
        return [...(check.ok ? [] : [check.problem]), ...wrongTargetAttributes(view, each)];
      }),
      ...idleSettings(view, listens),
      ...settingsWithoutPort(view, listens),
    ].filter(isFirst),
  };
}

/** Ports often share a trouble: it is told once. */
function isFirst({ message }: Problem, index: number, all: readonly Problem[]): boolean {
  return all.findIndex((each) => each.message === message) === index;
}

function unknownHere({ spec }: View): Problem[] {
  const problems: Problem[] = [];
  if (spec.addresses !== undefined && spec.addresses.length > 0) {
    problems.push(
      pending(
        "Unsupported",
        `the address ${spec.addresses.join(", ")} can't be asked for by itself on AWS, for a load balancer has one in each zone; use the annotations aws-load-balancer-eip-allocations, aws-load-balancer-private-ipv4-addresses and aws-load-balancer-ipv6-addresses of service.beta.kubernetes.io`,
      ),
    );
  }
  if (spec.pool !== undefined)
    problems.push(pending("Unsupported", `there are no address pools on AWS; take pool "${spec.pool}" off`));
  if (spec.sharing !== undefined) {
    problems.push(
      degraded(
        "Unsupported",
        "an address can't be shared by key on AWS, so fairlead.io/allow-shared-ip has no effect; use fairlead.io/group",
      ),
    );
  }
  return problems;
}

function wrongFamilies({ settings, spec }: View): Problem[] {
  if (settings.ipAddressType !== "ipv4" || !spec.ipFamilies.includes("IPv6")) return [];
  if (spec.ipFamilies[0] === "IPv4" && spec.ipFamilyPolicy === "PreferDualStack") return [];
  return [
    pending(
      "InvalidSettings",
      `ipAddressType: the Service is ${spec.ipFamilies.join(" and ")}, which needs dualstack; take ipv4 off, or change spec.ipFamilies`,
    ),
  ];
}

function wrongTags({ settings, cls }: View): Problem[] {
  const keys = Object.keys(settings.tags);
  const all = new Set([...keys, ...Object.keys(cls.tags)].filter((key) => !isMark(key)));
  const managed = checkAgainstClass(settings, cls).map(({ reason, message }) => pending(reason, message));
  if (all.size <= mostAddedTags) return managed;
  return [
    ...managed,
    pending(
      "InvalidSettings",
      `tags: there are ${all.size} with those of the class, and ${mostAddedTags} can be added at most; take some off`,
    ),
  ];
}

/** API_CreateListener of Elastic Load Balancing. */
function wrongDatagrams(leader: View, listens: readonly Listens[]): Problem[] {
  if (addressTypeOf(leader) === "ipv4" || leader.settings.sourceNat === "on") return [];
  const port = listens.find(({ protocol }) => protocol !== "TCP" && protocol !== "TLS");
  if (port === undefined) return [];
  return [
    pending(
      "Unsupported",
      `port ${port.port} is ${port.protocol}, which a dual-stack load balancer has only with a prefix for source NAT; set the annotation service.beta.kubernetes.io/aws-load-balancer-enable-prefix-for-ipv6-source-nat: "on"`,
    ),
  ];
}

/** Without a word about it, the traffic policy says how targets are checked. */
function withCheckInForce(view: View, listens: readonly Listens[]): View["settings"] {
  const { settings } = view;
  const [first] = listens;
  const check = first === undefined ? undefined : healthCheckOf(view, first);
  if (check?.ok !== true) return settings;
  return { ...settings, healthCheck: { ...settings.healthCheck, protocol: check.value.protocol } };
}

/** Settings that are right, and meet nothing that they could change. */
function idleSettings(view: View, listens: readonly Listens[]): Problem[] {
  const { targetType } = view;
  const settings = withCheckInForce(view, listens);
  const found = settingsWithoutEffect(settings).map(({ reason, message }) => degraded(reason, message));
  const hasTls = listens.some(({ protocol }) => protocol === "TLS");
  if (settings.certificates !== undefined && !hasTls && listens.length > 0)
    found.push(degraded("InvalidSettings", "certificates has no effect, for no port listens with TLS"));
  const labels = Object.keys(settings.nodeLabels).length > 0;
  if (labels && targetType === "ip" && settings.targetType === undefined)
    found.push(
      degraded("InvalidSettings", "nodeLabels has no effect, for pods are registered and not nodes"),
    );
  return found;
}
