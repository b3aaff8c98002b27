/** Network Load Balancers: created with marks and attributes, changed only where they differ, never unprotected. */
import type { LoadBalancer, SubnetMapping } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { OperationContext, ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError, isCloudError } from "../../../core/plan/cloud-error.ts";
import type { CreateOperation, Fields, UpdateOperation } from "../../../core/plan/types.ts";
import { type Cloud, cloudIdText, fieldsAs } from "../cloud.ts";
import { type Attributes, attributesToSet, loadBalancerDefaults } from "../model/attributes.ts";
import { markKeys } from "../model/marks.ts";
import { loadBalancerName } from "../model/names.ts";
import { ownMarkKeys } from "../model/own-marks.ts";
import {
  asFields,
  kinds,
  type LoadBalancerFields,
  type LoadBalancerState,
  type ZoneFields,
} from "../model/resources.ts";
import { stateOf, zonesAfter, zonesOf } from "../observe/load-balancer.ts";
import { besideHandedBack } from "./handed-back.ts";
import { isProtected, protectedError } from "./protection.ts";
import { requireSuccessor } from "./succession.ts";
import {
  completing,
  failedWith,
  namingOf,
  removeMarks,
  requireMark,
  tagList,
  type Writer,
  writerFor,
  writeTags,
} from "./writes.ts";

type Observed = LoadBalancerFields & LoadBalancerState & { readonly taken?: string };

/** One that is older than this was not made by this call: AWS gives the existing one for a name and settings that are there already. */
const newForMs = 60_000;

export function loadBalancerActions(cloud: Cloud): ResourceActions {
  return {
    async create(operation, context) {
      const fields = fieldsAs<LoadBalancerFields>(operation.fields);
      const make = async (replaces: readonly string[]) => {
        const name = loadBalancerName(namingOf(fields.tags, replaces), fields.name);
        const writer = writerFor(cloud, context, `load balancer "${name}"`);
        const lb = await createLoadBalancer(cloud, writer, operation, name).catch((error: unknown) => {
          throw groupNotKnownYet(error, context) ?? error;
        });
        return { name, writer, lb };
      };
      const { replaces } = operation;
      const isNamed = fields.name !== undefined && replaces.length === 0;
      const { name, writer, lb } = await (isNamed ? make(replaces) : besideHandedBack(replaces, make));
      const arn = lb.LoadBalancerArn ?? "";
      const initial = attributesToSet(fields.attributes, loadBalancerDefaults(fields.scheme));
      const state = stateOf(lb);
      const isReady = fields.minimumCapacity > 0 && state.state !== "provisioning";
      await completing(async () => {
        await writeAttributes(writer, arn, initial);
        if (fields.privateLinkRules === "off") await setSecurityGroups(writer, arn, fields);
        if (isReady) await reserve(writer, arn, fields.minimumCapacity);
      });
      const minimumCapacity = isReady ? fields.minimumCapacity : 0;
      return { cloudId: arn, fields: asFields({ name, minimumCapacity, ...state }) };
    },

    async update(operation, context) {
      const observed = fieldsAs<Observed>(operation.observed);
      const writer = writerFor(cloud, context, `load balancer "${observed.name ?? operation.cloudId}"`);
      return update(cloud, writer, operation);
    },

    async delete({ cloudId, observed }, context) {
      const writer = writerFor(
        cloud,
        context,
        `load balancer "${fieldsAs<Observed>(observed).name ?? cloudId}"`,
      );
      await requireSuccessor(writer, cloudId, context);
      try {
        await writer.aws.write("DeleteLoadBalancer", { LoadBalancerArn: cloudId }, writer.context);
      } catch (error) {
        if (failedWith(error, "OperationNotPermitted") && (await isProtected(writer, cloudId)))
          throw protectedError(writer, error);
        throw error;
      }
    },

    async release({ cloudId }, context) {
      await removeMarks(cloud, writerFor(cloud, context, cloudId), cloudId);
    },
  };
}

/** A group made a moment ago may not be known to Elastic Load Balancing; one that users name has to be there. */
function groupNotKnownYet(error: unknown, { plan }: Pick<OperationContext, "plan">): CloudError | undefined {
  if (!isCloudError(error) || !failedWith(error, "InvalidSecurityGroup")) return undefined;
  const isNew = plan?.some(
    (operation) => operation.do === "create" && operation.kind === kinds.securityGroup,
  );
  return isNew === true ? new CloudError("retry", error.message, { cause: error.cause }) : undefined;
}

async function createLoadBalancer(
  cloud: Cloud,
  writer: Writer,
  { fields: given }: CreateOperation,
  name: string,
): Promise<LoadBalancer> {
  const { aws, context } = writer;
  const fields = fieldsAs<LoadBalancerFields>(given);
  const { tags, minimumCapacity } = fields;
  const askedMs = cloud.clock.now();
  const input = {
    Name: name,
    Type: "network" as const,
    Scheme: fields.scheme,
    IpAddressType: fields.ipAddressType,
    SubnetMappings: fields.zones
      .filter(({ only }) => only !== "if-there")
      .map((zone) => mappingOf({ ...zone, ...fields.pins[zone.zone] }, zone.sourceNatPrefix)),
    ...(fields.securityGroups.length === 0 ? {} : { SecurityGroups: fields.securityGroups.map(cloudIdText) }),
    ...(fields.sourceNat === "on" ? { EnablePrefixForIpv6SourceNat: "on" as const } : {}),
    Tags: tagList(minimumCapacity > 0 ? { ...tags, [ownMarkKeys.capacity]: "reserved" } : tags),
  };
  const lb = await aws.write("CreateLoadBalancer", input, context).then(
    ({ LoadBalancers }) => LoadBalancers?.[0],
    async (error: unknown) => {
      if (!failedWith(error, "DuplicateLoadBalancerName")) throw error;
      throw await duplicate(cloud, writer, { name, fields }, error);
    },
  );
  if (lb?.LoadBalancerArn === undefined)
    throw new CloudError("retry", `The answer to CreateLoadBalancer for ${context.on} names none`);
  const isYoung = (lb.CreatedTime?.getTime() ?? askedMs) >= askedMs - newForMs;
  if (!isYoung || fields.name !== undefined)
    await requireMark(writer, lb.LoadBalancerArn, { wanted: tags, name, isYoung });
  cloud.ownership(aws.place).learn(lb.LoadBalancerArn, tags);
  return lb;
}

/** There is one of that name with other settings: ours, which was not seen, or somebody else's. */
async function duplicate(
  cloud: Cloud,
  { aws, context }: Writer,
  { name, fields: { tags: wanted } }: { readonly name: string; readonly fields: LoadBalancerFields },
  cause: unknown,
): Promise<unknown> {
  const found = await aws.read("DescribeLoadBalancers", { Names: [name] }, context);
  const arn = found.LoadBalancers?.[0]?.LoadBalancerArn;
  if (arn === undefined) return cause;
  await requireMark({ aws, context }, arn, { wanted, name });
  cloud.ownership(aws.place).forget(arn);
  return new CloudError("conflict", `Cannot create ${context.on}: it exists already, as ${arn}`, { cause });
}

async function update(cloud: Cloud, writer: Writer, operation: UpdateOperation): Promise<Fields | undefined> {
  const { aws, context } = writer;
  const arn = operation.cloudId;
  const fields = fieldsAs<LoadBalancerFields>(operation.fields);
  const observed = fieldsAs<Observed>(operation.observed);
  const changed = new Set(operation.changes.map(({ field }) => field));
  let came: Fields = {};
  // Were taking it over interrupted, this tells later which listeners were on it then.
  const taken = observed.taken === undefined ? {} : { [ownMarkKeys.taken]: observed.taken };
  const changeTags = () =>
    writeTags(cloud, writer, arn, { desired: { ...fields.tags, ...taken }, observed: observed.tags });
  // As long as protection of ours is on, the mark says whose it is.
  const unprotects = observed.tags[markKeys.protection] !== undefined;
  if (changed.has("tags") && !unprotects) await changeTags();
  if (changed.has("securityGroups") || changed.has("privateLinkRules"))
    await setSecurityGroups(writer, arn, fields);
  if (changed.has("zones") || changed.has("sourceNat")) {
    const { AvailabilityZones } = await aws.write("SetSubnets", subnetsOf(arn, fields, observed), context);
    if (AvailabilityZones !== undefined)
      came = asFields(zonesAfter(zonesOf(AvailabilityZones), observed, fields.zones));
  } else if (changed.has("ipAddressType")) {
    const IpAddressType = fields.ipAddressType;
    await aws.write("SetIpAddressType", { LoadBalancerArn: arn, IpAddressType }, context);
  }
  if (changed.has("attributes"))
    await writeAttributes(writer, arn, attributesToSet(fields.attributes, observed.attributes));
  if (changed.has("tags") && unprotects) await changeTags();
  if (changed.has("minimumCapacity")) {
    // AWS refuses a reservation before that; the state is asked for again until then.
    if (observed.state === "provisioning") return { ...came, minimumCapacity: observed.minimumCapacity };
    await writeTags(cloud, writer, arn, {
      desired: { [ownMarkKeys.capacity]: "reserved" },
      observed: {},
    });
    await reserve(writer, arn, fields.minimumCapacity);
  }
  return came;
}

/** Every zone has to be named, those that stay with the subnets and addresses that they have (API_SetSubnets). */
function subnetsOf(LoadBalancerArn: string, fields: LoadBalancerFields, observed: Observed) {
  const there = new Map(observed.zones.map((zone) => [zone.zone, zone]));
  const stay = fields.zones.every(({ only }) => only === "at-creation");
  const wanted = fields.zones.filter(({ zone, only }) => only !== "if-there" || there.has(zone));
  return {
    LoadBalancerArn,
    SubnetMappings: (stay ? observed.zones : wanted).map((zone) =>
      // Of the prefixes, those that AWS chose itself are not asked for.
      mappingOf({ ...zone, ...there.get(zone.zone) }, stay ? undefined : zone.sourceNatPrefix),
    ),
    IpAddressType: fields.ipAddressType,
    ...(fields.sourceNat === observed.sourceNat ? {} : { EnablePrefixForIpv6SourceNat: fields.sourceNat }),
  };
}

function mappingOf(
  { subnet, allocationId, privateIPv4, ipv6 }: ZoneFields,
  sourceNatPrefix: string | undefined,
): SubnetMapping {
  return {
    SubnetId: subnet,
    ...(allocationId === undefined ? {} : { AllocationId: allocationId }),
    ...(privateIPv4 === undefined ? {} : { PrivateIPv4Address: privateIPv4 }),
    ...(ipv6 === undefined ? {} : { IPv6Address: ipv6 }),
    ...(sourceNatPrefix === undefined ? {} : { SourceNatIpv6Prefix: sourceNatPrefix }),
  };
}

async function setSecurityGroups(
  { aws, context }: Writer,
  arn: string,
  fields: LoadBalancerFields,
): Promise<void> {
  const { securityGroups, privateLinkRules } = fields;
  const input = {
    LoadBalancerArn: arn,
    SecurityGroups: securityGroups.map(cloudIdText),
    ...(privateLinkRules === null
      ? {}
      : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: privateLinkRules }),
  };
  await aws.write("SetSecurityGroups", input, context);
}

async function writeAttributes({ aws, context }: Writer, arn: string, attributes: Attributes): Promise<void> {
  const Attributes = tagList(attributes);
  if (Attributes.length === 0) return;
  await aws.write("ModifyLoadBalancerAttributes", { LoadBalancerArn: arn, Attributes }, context);
}

async function reserve({ aws, context }: Writer, arn: string, units: number): Promise<void> {
  const wanted =
    units > 0
      ? { MinimumLoadBalancerCapacity: { CapacityUnits: units } }
      : { ResetCapacityReservation: true };
  await aws.write("ModifyCapacityReservation", { LoadBalancerArn: arn, ...wanted }, context);
}
