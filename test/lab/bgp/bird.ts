/** BIRD on a host of the lab. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../support/until.ts";
import type { BgpNetwork } from "./network.ts";

export interface Bird {
  /** What `birdc` prints. */
  show(command: string): Promise<string>;
}

/** In AS 64501, with a session to the address, which is of a node in AS 64500, on both families. */
export async function startBird(network: BgpNetwork, host: string, neighbor: string): Promise<Bird> {
  const file = join(network.directory, `${host}.conf`);
  const socket = join(network.directory, `${host}.ctl`);
  await writeFile(
    file,
    `router id 10.88.255.1;
protocol device { }
protocol bgp node {
  local as 64501;
  neighbor ${neighbor} as 64500;
  connect retry time 1;
  connect delay time 1;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`,
  );
  await network.start(host, `${host}-bird`, "/usr/sbin/bird", [
    "-f",
    "-c",
    file,
    "-s",
    socket,
    "-P",
    `${socket}.pid`,
  ]);
  const show = (command: string) => network.run(host, "/usr/sbin/birdc", "-s", socket, ...command.split(" "));
  await until("BIRD answers", () => show("show status"));
  return { show };
}
