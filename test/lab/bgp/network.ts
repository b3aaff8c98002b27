/** Routers and nodes as network namespaces, joined by cables, for tests of BGP. */
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SupervisedServer, startSupervisor } from "../../../src/testing/control-plane/supervised.ts";
import { env, ip, system } from "../support/ip.ts";
import { startKeeper } from "../support/keeper/keep.ts";
import { namespaceOf } from "../support/names.ts";

/** Between two hosts: `a` is host 1 of network 10.88.<number>.0/24 and fd88:0:0:<number>::/64, `b` is host 2. */
export interface Cable {
  readonly number: number;
  readonly a: string;
  readonly b: string;
}

export interface BgpNetwork {
  /** Of the processes; goes with them. */
  readonly directory: string;
  /** Runs a program on a host to its end, and gives what it printed. */
  run(host: string, command: string, ...args: string[]): Promise<string>;
  start(host: string, name: string, command: string, args: readonly string[]): Promise<SupervisedServer>;
  ip(host: string, lines: readonly string[]): Promise<void>;
  /** Sets a variable of the kernel, such as `net/ipv4/ip_forward`. */
  sysctl(host: string, name: string, value: string | number): Promise<void>;
  stop(): Promise<void>;
}

/** The interface of a cable, the same at both ends. */
function interfaceOf(cable: number): string {
  return `cable${cable}`;
}

export async function startNetwork(hosts: readonly string[], cables: readonly Cable[]): Promise<BgpNetwork> {
  const keeper = await startKeeper();
  const namespace = (host: string) => namespaceOf(keeper.index, host);
  const within = (host: string, command: string, args: readonly string[]) => [
    "netns",
    "exec",
    namespace(host),
    command,
    ...args,
  ];
  const directory = await mkdtemp(join(tmpdir(), "fairlead-bgp-"));
  // FRR's daemons give up root, and have to find their files still.
  await chmod(directory, 0o711);
  const supervisor = await startSupervisor(directory);
  const network: BgpNetwork = {
    directory,
    run: (host, command, ...args) => system("ip", within(host, command, args)),
    start: (host, name, command, args) => supervisor.start(name, "ip", within(host, command, args), { env }),
    ip: (host, lines) => ip(lines, namespace(host)),
    async sysctl(host, name, value) {
      await system("ip", within(host, "tee", [`/proc/sys/${name}`]), String(value));
    },
    async stop() {
      await supervisor.end();
      await keeper.end();
    },
  };
  try {
    await ip(hosts.map((host) => `netns add ${namespace(host)}`));
    for (const host of hosts) {
      // Addresses are usable at once: they are made once, by us.
      await network.sysctl(host, "net/ipv6/conf/default/accept_dad", 0);
      await network.ip(host, ["link set dev lo up"]);
    }
    for (const { number, a, b } of cables) {
      const name = interfaceOf(number);
      await ip([
        `link add name ${name} netns ${namespace(a)} type veth peer name ${name} netns ${namespace(b)}`,
      ]);
      for (const [index, host] of [a, b].entries())
        await network.ip(host, [
          `addr add 10.88.${number}.${index + 1}/24 dev ${name}`,
          `addr add fd88:0:0:${number}::${index + 1}/64 dev ${name}`,
          `link set dev ${name} up`,
        ]);
    }
    return network;
  } catch (error) {
    await network.stop();
    throw error;
  }
}
