/** Security groups of EC2 and their rules in the spelling of the model, and rules as EC2 takes them. Pure. */

import type { IpPermission, SecurityGroup } from "@aws-sdk/client-ec2";
import { cloudIdText } from "../cloud.ts";
import { canonicalRules, type Rule, type SecurityGroupFields } from "../model/resources.ts";
import { tagsFrom } from "./listing.ts";

export function securityGroupFields(group: SecurityGroup): SecurityGroupFields {
  return {
    description: group.Description ?? "",
    vpc: group.VpcId ?? "",
    ingress: canonicalRules(rulesOf(group)),
    tags: tagsFrom(group.Tags),
  };
}

/** Each ingress rule with its one source; several may differ in nothing but their description. */
export function rulesOf({ IpPermissions = [] }: SecurityGroup): Rule[] {
  return IpPermissions.flatMap((permission) => {
    const { IpProtocol: protocol = "-1", FromPort: from = -1, ToPort: to = -1 } = permission;
    const rule = (source: Rule["source"], description: string | undefined): Rule => ({
      protocol,
      from,
      to,
      source,
      ...(description === undefined || description === "" ? {} : { description }),
    });
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp = "", Description }) =>
        rule({ cidr: CidrIp }, Description),
      ),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 = "", Description }) =>
        rule({ cidr: CidrIpv6 }, Description),
      ),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId = "", Description }) =>
        rule({ prefixList: PrefixListId }, Description),
      ),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId = "", Description }) =>
        rule({ group: GroupId }, Description),
      ),
    ];
  });
}

export function permissionOf({ protocol, from, to, source, description }: Rule): IpPermission {
  const Description = description;
  const ports =
    protocol === "-1" ? { IpProtocol: protocol } : { IpProtocol: protocol, FromPort: from, ToPort: to };
  if ("prefixList" in source)
    return { ...ports, PrefixListIds: [{ PrefixListId: source.prefixList, Description }] };
  if ("group" in source)
    return { ...ports, UserIdGroupPairs: [{ GroupId: cloudIdText(source.group), Description }] };
  return source.cidr.includes(":")
    ? { ...ports, Ipv6Ranges: [{ CidrIpv6: source.cidr, Description }] }
    : { ...ports, IpRanges: [{ CidrIp: source.cidr, Description }] };
}
