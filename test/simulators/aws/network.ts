/** The network of a cluster in the simulated AWS, with instances as its nodes; made past the proxy, so that no call counts. */
import { EC2 } from "@aws-sdk/client-ec2";
import type { AwsSimulator } from "./types.ts";

export interface NetworkOptions {
  /** In how many zones there are subnets, 1 to 4. Default 3. */
  readonly zones?: number;
  /** How many instances there are, spread over the zones. Default 3. */
  readonly nodes?: number;
  /** Whether there are internal subnets beside the public ones; nodes are in them. Default true. */
  readonly internal?: boolean;
  /** Whether VPC and subnets have IPv6 blocks. Default false. */
  readonly ipv6?: boolean;
  /** Name of the cluster, in the tags. Default `fairlead`. */
  readonly cluster?: string;
  /** A /16 of its own. Default `10.20.0.0/16`. */
  readonly cidr?: `${number}.${number}.0.0/16`;
}

export interface Network {
  readonly cluster: string;
  readonly vpc: string;
  readonly cidr: string;
  /** The /56 of the VPC. */
  readonly ipv6Cidr: string | undefined;
  /** In the order of the zones. */
  readonly publicSubnets: readonly Subnet[];
  readonly internalSubnets: readonly Subnet[];
  readonly internetGateway: string;
  /** The route table of the public subnets. */
  readonly publicRouteTable: string;
  /** On every node. */
  readonly nodeSecurityGroup: string;
  /** Those that are there now. */
  readonly nodes: readonly Node[];
  /** Starts one more instance. Default zone: the next in turn. */
  addNode(zone?: string): Promise<Node>;
  /** Terminates an instance. */
  removeNode(node: Node): Promise<void>;
}

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  readonly ipv6Cidr: string | undefined;
}

export interface Node {
  readonly instance: string;
  /** As in `spec.providerID` of the Node: `aws:///us-west-2a/i-…`. */
  readonly providerID: string;
  readonly zone: string;
  readonly privateIP: string;
}

/** What an SDK client needs to talk to the simulator; `motoEndpoint` as endpoint leads past the proxy. */
export function clientSettings(simulator: AwsSimulator, endpoint = simulator.endpoint) {
  return {
    region: simulator.region,
    endpoint,
    credentials: { accessKeyId: "simulated", secretAccessKey: "simulated" },
  };
}

/** Makes a VPC as clusters have it: tagged subnets, routes to the internet for the public ones, nodes. */
export async function arrangeNetwork(simulator: AwsSimulator, o: NetworkOptions = {}): Promise<Network> {
  const { zones = 3, nodes: count = 3, internal = true, ipv6 = false } = o;
  const { cluster = "fairlead", cidr = "10.20.0.0/16" } = o;
  const ec2 = new EC2(clientSettings(simulator, simulator.motoEndpoint));
  const made = await ec2.createVpc({ CidrBlock: cidr, AmazonProvidedIpv6CidrBlock: ipv6 });
  const vpc = idOf(made.Vpc?.VpcId);
  const ipv6Cidr = made.Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock;
  const names = ["a", "b", "c", "d"].slice(0, zones).map((letter) => `${simulator.region}${letter}`);

  const subnetsOf = (role: "elb" | "internal-elb", first: number) =>
    inOrder(names, async (zone, index) => {
      const number = first + index;
      const subnet = {
        zone,
        cidr: cidr.replace(".0.0/16", `.${number}.0/24`),
        ipv6Cidr: ipv6Cidr?.replace(/00::\/56$/, `${number.toString(16).padStart(2, "0")}::/64`),
      };
      const { Subnet: made } = await ec2.createSubnet({
        VpcId: vpc,
        AvailabilityZone: zone,
        CidrBlock: subnet.cidr,
        Ipv6CidrBlock: subnet.ipv6Cidr,
        TagSpecifications: tagged("subnet", {
          Name: `${cluster}-${role}-${zone}`,
          [`kubernetes.io/role/${role}`]: "1",
          [`kubernetes.io/cluster/${cluster}`]: "shared",
        }),
      });
      return { id: idOf(made?.SubnetId), ...subnet };
    });
  const publicSubnets = await subnetsOf("elb", 1);
  const internalSubnets = internal ? await subnetsOf("internal-elb", 101) : [];
  const routes = await routeToInternet(ec2, vpc, publicSubnets);
  const nodeSecurityGroup = await groupOfNodes(ec2, vpc, cluster);

  const nodes: Node[] = [];
  let next = 0;
  async function addNode(zone = names[next++ % names.length]): Promise<Node> {
    const subnet = (internal ? internalSubnets : publicSubnets).find((one) => one.zone === zone);
    if (subnet === undefined)
      throw new RangeError(`Cannot add a node in zone ${zone}: the zones are ${names.join(", ")}`);
    const node = await startInstance(ec2, subnet, nodeSecurityGroup, cluster);
    nodes.push(node);
    return node;
  }
  async function removeNode(node: Node): Promise<void> {
    await ec2.terminateInstances({ InstanceIds: [node.instance] });
    nodes.splice(nodes.indexOf(node), 1);
  }
  for (let index = 0; index < count; index++) await addNode();

  const subnets = { publicSubnets, internalSubnets };
  return {
    cluster,
    vpc,
    cidr,
    ipv6Cidr,
    ...subnets,
    ...routes,
    nodeSecurityGroup,
    nodes,
    addNode,
    removeNode,
  };
}

async function routeToInternet(
  ec2: EC2,
  vpc: string,
  subnets: readonly Subnet[],
): Promise<Pick<Network, "internetGateway" | "publicRouteTable">> {
  const gateway = await ec2.createInternetGateway({});
  const internetGateway = idOf(gateway.InternetGateway?.InternetGatewayId);
  await ec2.attachInternetGateway({ InternetGatewayId: internetGateway, VpcId: vpc });
  const table = await ec2.createRouteTable({ VpcId: vpc });
  const publicRouteTable = idOf(table.RouteTable?.RouteTableId);
  const route = { RouteTableId: publicRouteTable, GatewayId: internetGateway };
  await ec2.createRoute({ ...route, DestinationCidrBlock: "0.0.0.0/0" });
  for (const { id } of subnets)
    await ec2.associateRouteTable({ RouteTableId: publicRouteTable, SubnetId: id });
  return { internetGateway, publicRouteTable };
}

async function groupOfNodes(ec2: EC2, vpc: string, cluster: string): Promise<string> {
  const made = await ec2.createSecurityGroup({
    GroupName: `${cluster}-nodes`,
    Description: "Nodes of the cluster",
    VpcId: vpc,
    TagSpecifications: tagged("security-group", { [`kubernetes.io/cluster/${cluster}`]: "owned" }),
  });
  return idOf(made.GroupId);
}

async function startInstance(ec2: EC2, subnet: Subnet, group: string, cluster: string): Promise<Node> {
  const { Instances: [instance] = [] } = await ec2.runInstances({
    ImageId: "ami-12c6146b",
    InstanceType: "m5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet.id,
    SecurityGroupIds: [group],
    TagSpecifications: tagged("instance", { [`kubernetes.io/cluster/${cluster}`]: "owned" }),
  });
  const id = idOf(instance?.InstanceId);
  return {
    instance: id,
    providerID: `aws:///${subnet.zone}/${id}`,
    zone: subnet.zone,
    privateIP: idOf(instance?.PrivateIpAddress),
  };
}

function tagged(type: "subnet" | "security-group" | "instance", tags: Readonly<Record<string, string>>) {
  return [{ ResourceType: type, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }];
}

/** One after the other, so that ids are given out in the same order every time. */
async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await work(item, index));
  return results;
}

function idOf(value: string | undefined): string {
  if (value === undefined)
    throw new Error("Cannot arrange the network: an answer of the simulated EC2 lacks an id");
  return value;
}
