/** One member of a stack, with what it and its class say read once. */
import type { IPFamily } from "../../../api/kubernetes.ts";
import type { LoadBalancerSpec } from "../../../api/load-balancer.ts";
import type { Member, Stack } from "../../provider.ts";
import { stackKey } from "../model/names.ts";
import type { Scheme } from "../model/resources.ts";
import { type AwsClassSettings, readClassSettings } from "../settings/class-settings.ts";
import { type AwsSettings, readSettings } from "../settings/service-settings.ts";

export interface View {
  readonly member: Member;
  readonly uid: string;
  readonly spec: LoadBalancerSpec;
  readonly settings: AwsSettings;
  readonly cls: AwsClassSettings;
  readonly targetType: "instance" | "ip";
  readonly scheme: Scheme;
  /** Its targets are of that family: a listener of an NLB leads to targets of one family. */
  readonly family: IPFamily;
}

export function viewOf(member: Member): View {
  const { spec } = member.lb;
  const cls = readClassSettings(member.cls.spec.settings);
  const settings = readSettings(spec.settings);
  return {
    member,
    uid: member.lb.metadata.uid ?? "",
    spec,
    settings,
    cls,
    targetType: settings.targetType ?? cls.targetType,
    scheme: spec.scheme === "external" ? "internet-facing" : "internal",
    family: spec.ipFamilies[0] ?? "IPv4",
  };
}

/** Key of the stack of a member: that of its group, which is of one class and of the namespaces that share there, or its own. */
export function stackOf(member: Member): string {
  const { group, className } = member.lb.spec;
  if (group === undefined) return stackKey(member.key);
  const namespace = member.lb.metadata.namespace ?? "";
  const together = member.cls.spec.policy.sharing?.namespaces.includes(namespace) === true;
  return stackKey(`group ${className} ${together ? "*" : namespace} ${group}`);
}

/** The member whose word counts for the load balancer as a whole. */
export function leaderOf(stack: Stack, views: readonly View[]): View | undefined {
  return views.find(({ member }) => member.key === stack.leader) ?? views[0];
}

/** For messages: `namespace/name`. */
export function nameOf({ member }: View): string {
  return member.key;
}
