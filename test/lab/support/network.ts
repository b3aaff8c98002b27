/**
 * The lab's cables:
 *
 *     machine    bridge fls<index> ──── mgmt0 of every node (API server)
 *     switch     bridge br0 ──── eth0 of every node, client and of the backend
 *     node i     pod0 ──── eth0 of pod i
 *
 * Two networks on purpose: a node can lose its clients and keep the API server, and the other way round. The switch has a namespace of its
 * own, because the machine's bridges may be under the machine's firewall.
 */
import { backendHost, clientHosts, type Host, type NodeHost, prefix4, prefix6 } from "./hosts.ts";
import { ip, system } from "./ip.ts";
import { bridgeOf, managementAddress, managementPortOf, namespaceOf } from "./names.ts";

export const switchName = "switch";

/** Makes all of it; about 0.3 seconds. What is there already is an error. */
export async function buildNetwork(index: number, nodes: readonly NodeHost[]): Promise<void> {
  const namespace = (name: string) => namespaceOf(index, name);
  const hosts: Host[] = [...nodes, ...clientHosts, backendHost];
  const names = [switchName, ...hosts.map(({ name }) => name), ...nodes.map(({ pod }) => pod.name)];
  await ip([
    `link add name ${bridgeOf(index)} type bridge`,
    `addr add ${managementAddress(index, 1)}/24 dev ${bridgeOf(index)}`,
    `link set dev ${bridgeOf(index)} up`,
    ...names.map((name) => `netns add ${namespace(name)}`),
  ]);
  await Promise.all(names.map((name) => setKernel(namespace(name), name.startsWith("node"))));
  await ip(nodes.flatMap((node) => managementCable(index, node)));
  await ip(
    [
      "link add name br0 type bridge",
      "link set dev br0 up",
      ...hosts.flatMap(({ name, mac }) => [
        `link add name ${name} type veth peer name eth0 address ${mac} netns ${namespace(name)}`,
        `link set dev ${name} master br0 up`,
      ]),
    ],
    namespace(switchName),
  );
  await Promise.all([
    ...hosts.map((host) => ip(linesOf(host), namespace(host.name))),
    ...nodes.map((node) => ip(podCable(node, namespace(node.pod.name)), namespace(node.name))),
  ]);
  await Promise.all([
    ...nodes.map((node) => ip(routesOf(index, node, nodes), namespace(node.name))),
    ...nodes.map(({ pod }) => ip(podLines(pod), namespace(pod.name))),
  ]);
}

function managementCable(index: number, { name, number, managementMac }: NodeHost): string[] {
  const port = managementPortOf(index, number);
  return [
    `link add name ${port} type veth peer name mgmt0 address ${managementMac} netns ${namespaceOf(index, name)}`,
    `link set dev ${port} master ${bridgeOf(index)} up`,
  ];
}

function linesOf({ ipv4, ipv6 }: Host): string[] {
  return [
    "link set dev lo up",
    "link set dev eth0 up",
    `addr add ${ipv4}/${prefix4} dev eth0`,
    `addr add ${ipv6}/${prefix6} dev eth0`,
  ];
}

function podCable({ pod }: NodeHost, podNamespace: string): string[] {
  return [
    `link add name pod0 type veth peer name eth0 netns ${podNamespace}`,
    "link set dev pod0 up",
    `addr add ${pod.gateway4}/24 dev pod0`,
    `addr add ${pod.gateway6}/64 dev pod0`,
  ];
}

function podLines({ ipv4, ipv6, gateway4, gateway6 }: NodeHost["pod"]): string[] {
  return [
    "link set dev lo up",
    "link set dev eth0 up",
    `addr add ${ipv4}/24 dev eth0`,
    `addr add ${ipv6}/64 dev eth0`,
    `route add default via ${gateway4}`,
    `route add default via ${gateway6}`,
  ];
}

/** The way to the API server, and the whole of the pod network: a route to each other node. */
function routesOf(index: number, node: NodeHost, nodes: readonly NodeHost[]): string[] {
  return [
    "link set dev mgmt0 up",
    `addr add ${managementAddress(index, 10 + node.number)}/24 dev mgmt0`,
    ...nodes
      .filter(({ number }) => number !== node.number)
      .flatMap(({ ipv4, ipv6, number }) => [
        `route add 10.244.${number}.0/24 via ${ipv4}`,
        `route add fd00:10:244:${number}::/64 via ${ipv6}`,
      ]),
  ];
}

/** New namespaces may inherit settings of the machine; those that count here are set. */
async function setKernel(namespace: string, forwards: boolean): Promise<void> {
  const settings = {
    "ipv4/ip_forward": forwards ? 1 : 0,
    "ipv6/conf/all/forwarding": forwards ? 1 : 0,
    ...Object.fromEntries(
      ["all", "default"].flatMap((of) => [
        [`ipv4/conf/${of}/rp_filter`, 0],
        [`ipv4/conf/${of}/arp_ignore`, 0],
        [`ipv4/conf/${of}/arp_announce`, 0],
        [`ipv4/conf/${of}/proxy_arp`, 0],
        // Addresses are usable at once: they are made once, by us.
        [`ipv6/conf/${of}/accept_dad`, 0],
        [`ipv6/conf/${of}/accept_ra`, 0],
      ]),
    ),
  };
  const writes = Object.entries(settings).map(([file, value]) => `echo ${value} > /proc/sys/net/${file}`);
  await system("ip", ["netns", "exec", namespace, "sh", "-ec", writes.join("\n")]);
}
