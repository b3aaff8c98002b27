/** What can be done to the network of a lab, and undone. All of it at the far end of the cables: the node's own settings are not touched. */
import type { NodeHost } from "./hosts.ts";
import { system } from "./ip.ts";
import type { Lab } from "./lab.ts";
import { bridgeOf, managementPortOf } from "./names.ts";
import { switchName } from "./network.ts";

/** The port of the switch goes down: the node's interface loses its carrier. */
export async function takeLinkDown(lab: Lab, node: NodeHost): Promise<void> {
  await lab.ip(switchName, [`link set dev ${node.name} down`]);
}

export async function bringLinkUp(lab: Lab, node: NodeHost): Promise<void> {
  await lab.ip(switchName, [`link set dev ${node.name} up`]);
}

/** The switch forgets the port: the carrier stays, and nothing comes through. */
export async function losePort(lab: Lab, node: NodeHost): Promise<void> {
  await lab.ip(switchName, [`link set dev ${node.name} nomaster`]);
}

export async function findPort(lab: Lab, node: NodeHost): Promise<void> {
  await lab.ip(switchName, [`link set dev ${node.name} master br0`]);
}

/** Nothing passes between the node and the API server any more; open connections are not told. */
export async function cutOffFromApi(lab: Lab, node: NodeHost): Promise<void> {
  await lab.ip("machine", [`link set dev ${managementPortOf(lab.index, node.number)} nomaster`]);
}

export async function reconnectToApi(lab: Lab, node: NodeHost): Promise<void> {
  const port = managementPortOf(lab.index, node.number);
  await lab.ip("machine", [`link set dev ${port} master ${bridgeOf(lab.index)}`]);
}

/**
 * A firewall eats all UDP to and from a node, on both networks, and says nothing: in the node what comes in, and in all other nodes
 * what comes from it.
 */
export async function blockHeartbeats(lab: Lab, node: NodeHost): Promise<void> {
  const from = `ether saddr { ${node.mac}, ${node.managementMac} } meta l4proto udp drop`;
  await Promise.all(
    lab.nodes.map((each) =>
      firewall(lab, each, each.number === node.number ? "meta l4proto udp drop" : from),
    ),
  );
}

export async function letHeartbeatsPass(lab: Lab): Promise<void> {
  await Promise.all(lab.nodes.map((node) => nft(lab, node.name, removal("inet"))));
}

/** The switch passes no UDP and no TCP between the node and other nodes; clients and the server behind are not concerned. */
export async function blockTraffic(lab: Lab, node: NodeHost): Promise<void> {
  await betweenPeers(lab, node, "meta l4proto { tcp, udp } drop");
}

/** The switch passes nothing between the node and other nodes, neither ARP nor neighbour discovery. */
export async function isolateFromPeers(lab: Lab, node: NodeHost): Promise<void> {
  await betweenPeers(lab, node, "drop");
}

async function betweenPeers(lab: Lab, node: NodeHost, rule: string): Promise<void> {
  const others = lab.nodes.filter(({ number }) => number !== node.number).map(({ name }) => `"${name}"`);
  await nft(
    lab,
    switchName,
    `table bridge lab_fault {
      chain forward {
        type filter hook forward priority 0;
        iifname "${node.name}" oifname { ${others.join()} } ${rule}
        iifname { ${others.join()} } oifname "${node.name}" ${rule}
      }
    }`,
  );
}

/** Of either kind. */
export async function endIsolation(lab: Lab): Promise<void> {
  await nft(lab, switchName, removal("bridge"));
}

/** Also where there is none. */
function removal(family: "inet" | "bridge"): string {
  return `table ${family} lab_fault {}\ndelete table ${family} lab_fault`;
}

function firewall(lab: Lab, node: NodeHost, rule: string): Promise<void> {
  const chain = `chain input { type filter hook input priority -300; ${rule}; }`;
  return nft(lab, node.name, `table inet lab_fault {\n${chain}\n}`);
}

async function nft(lab: Lab, host: string, rules: string): Promise<void> {
  await system("ip", ["netns", "exec", lab.namespaceOf(host), "nft", "-f", "-"], `${rules}\n`);
}
