/** Hosts on one switch, as namespaces: nodes that run layer 2, and clients that ask with programs of the system. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { env, ip, ipJson, system } from "../support/ip.ts";
import { startKeeper } from "../support/keeper/keep.ts";
import { namespaceOf } from "../support/names.ts";
import { until } from "../support/until.ts";

export interface TestWire extends AsyncDisposable {
  namespace(host: string): string;
  /** Runs lines of `ip` on a host. */
  ip(host: string, ...lines: string[]): Promise<void>;
  ipJson<T>(host: string, ...args: string[]): Promise<T[]>;
  /** What a program says on a host, whether it fails or not. */
  run(host: string, program: string, ...args: string[]): Promise<string>;
  /** Begins to watch an interface with tcpdump: lines of what it sees, and an end. */
  watch(host: string, ...filter: string[]): Promise<Capture>;
}

export interface Capture {
  readonly lines: readonly string[];
  /** Resolves when such a line is there; gives it. */
  has(pattern: RegExp, count?: number): Promise<readonly string[]>;
  stop(): void;
}

/** Of host number n (from 1): hardware address, IPv4 and IPv6 address of its eth0. */
export function addressesOf(number: number): { mac: string; ipv4: string; ipv6: string } {
  return { mac: `02:78:00:00:00:0${number}`, ipv4: `10.78.0.${number}`, ipv6: `fd78::${number}` };
}

/** The switch is a host of its own, "switch", with a port named after each host, and looks at reports of group members. */
export async function startWire(hosts: readonly string[]): Promise<TestWire> {
  const keeper = await startKeeper();
  const namespace = (host: string) => namespaceOf(keeper.index, host);
  await ip(["switch", ...hosts].map((host) => `netns add ${namespace(host)}`));
  for (const host of ["switch", ...hosts]) {
    // Own addresses are usable at once.
    const noDad = "for of in all default; do echo 0 > /proc/sys/net/ipv6/conf/$of/accept_dad; done";
    await system("ip", ["netns", "exec", namespace(host), "sh", "-ec", noDad]);
  }
  await ip(
    [
      "link add name br0 type bridge mcast_snooping 1",
      "link set dev br0 up",
      ...hosts.flatMap((host, index) => [
        `link add name ${host} type veth peer name eth0 address ${addressesOf(index + 1).mac} netns ${namespace(host)}`,
        `link set dev ${host} master br0 up`,
      ]),
    ],
    namespace("switch"),
  );
  for (const [index, host] of hosts.entries()) {
    const { ipv4, ipv6 } = addressesOf(index + 1);
    const lines = ["link set dev lo up", "link set dev eth0 up"];
    await ip([...lines, `addr add ${ipv4}/16 dev eth0`, `addr add ${ipv6}/64 dev eth0`], namespace(host));
  }
  return {
    namespace,
    ip: (host, ...lines) => ip(lines, namespace(host)),
    ipJson: (host, ...args) => ipJson(args, namespace(host)),
    async run(host, program, ...args) {
      try {
        return await system("ip", ["netns", "exec", namespace(host), program, ...args]);
      } catch (error) {
        const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
        return stdout + stderr;
      }
    },
    watch: (host, ...filter) => capture(namespace(host), filter),
    [Symbol.asyncDispose]: keeper.end,
  };
}

async function capture(namespace: string, filter: readonly string[]): Promise<Capture> {
  const options = ["-i", "eth0", "-n", "-e", "-v", "-l", "--immediate-mode", "-Z", "root"];
  const child = spawn("ip", ["netns", "exec", namespace, "tcpdump", ...options, ...filter], { env });
  const lines: string[] = [];
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    // With -v the rest of a packet comes on lines that are indented.
    if (/^\s/.test(line)) lines.push(`${lines.pop() ?? ""} ${line.trim()}`);
    else lines.push(line);
  });
  await until("tcpdump listens", () => {
    if (!said.includes("listening on")) throw new Error(said);
  });
  return {
    lines,
    has: (pattern, count = 1) =>
      until(`tcpdump sees ${pattern} ${count} times`, () => {
        const found = lines.filter((line) => pattern.test(line));
        if (found.length < count) throw new Error(`it saw:\n${lines.join("\n")}`);
        return found;
      }),
    stop: () => void child.kill("SIGTERM"),
  };
}
