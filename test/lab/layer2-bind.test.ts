/** Addresses that are bound to an interface, and what keeps them from opening the node to everybody. */
import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Layer2Agent, startLayer2 } from "./layer2/agent.ts";
import { type Asking, askFrom } from "./layer2/ask.ts";
import { addressesOf, startWire, type TestWire } from "./layer2/wire.ts";
import { describeLab } from "./support/describe-lab.ts";
import { env } from "./support/ip.ts";
import { labProgram } from "./support/processes.ts";
import { until } from "./support/until.ts";

const node = addressesOf(1);
const vip4 = "10.78.9.1";
const vip6 = "fd78::9:1";
const both = [vip4, vip6];
const port = 10250;

describeLab("bound addresses", ["arping", "ndisc6", "nft", "curl", "setpriv"], () => {
  let wire: TestWire;
  let agent: Layer2Agent;
  let ask: Asking;
  let listener: ChildProcess;

  beforeEach(async () => {
    wire = await startWire(["node", "client"]);
    const [command = "", ...args] = labProgram("http-server", ["node", String(port)]);
    listener = spawn("ip", ["netns", "exec", wire.namespace("node"), command, ...args], { env });
    await until("something listens on all addresses of the node", () => canReach(node.ipv4));
    agent = await startLayer2(wire.namespace("node"));
    ask = askFrom(wire, "client");
  });
  afterEach(async () => {
    await agent.end();
    listener.kill("SIGKILL");
    await wire[Symbol.asyncDispose]();
  });

  const bind = (address: string) => agent.hold(address, { mode: "Bind" });
  const bound = async () => {
    const links = await wire.ipJson<{ addr_info: { local: string; prefixlen: number }[] }>(
      "node",
      "addr",
      "show",
      "dev",
      "eth0",
    );
    return links
      .flatMap(({ addr_info: infos }) => infos)
      .filter(({ local }) => both.includes(local))
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
      .toSorted();
  };
  const isBound = (wanted: readonly string[]) =>
    until(`bound are: ${wanted.join()}`, async () => expect(await bound()).toEqual(wanted));
  async function canReach(address: string, at = port): Promise<void> {
    const url = `http://${address.includes(":") ? `[${address}]` : address}:${at}/`;
    expect(await wire.run("client", "curl", "-sS", "-m", "1", url)).toContain("node");
  }
  async function canNotReach(address: string, at = port): Promise<void> {
    const url = `http://${address.includes(":") ? `[${address}]` : address}:${at}/`;
    expect(await wire.run("client", "curl", "-sS", "-m", "1", url)).toMatch(/timed out/);
  }

  test("are answered for by the kernel, open nothing that listens on the node, and do not hide its own addresses", async () => {
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    const { counters } = await agent.count();
    expect(counters.filter(({ answers }) => answers > 0)).toEqual([]);
    expect(counters.every(({ announcements }) => announcements > 0)).toBe(true);
    for (const address of both) await canNotReach(address);
    for (const address of [node.ipv4, node.ipv6]) await canReach(address);
    const rules = await wire.run("node", "nft", "list", "table", "inet", "fairlead");
    expect(rules).toContain("icmp type echo-request accept");
    expect(rules).toContain("icmpv6 type echo-request accept");
    // What chooses the first address of an interface finds the node's, and the kernel's choice is the node's too.
    expect(await wire.run("node", "ip", "route", "get", "10.78.0.2")).toContain(`src ${node.ipv4}`);
    expect(await wire.run("node", "ip", "route", "get", "fd78::2")).toContain(`src ${node.ipv6}`);
    expect(await wire.run("node", "ip", "-br", "-4", "addr", "show", "dev", "eth0")).toMatch(
      /UP +10\.78\.0\.1/,
    );
  });

  test("are never the node's own, which it keeps and can be reached on", async () => {
    const own = [node.ipv4, node.ipv6];
    for (const address of own) bind(address);
    bind(vip4);
    await isBound([`${vip4}/32`]);
    for (const address of own) await canReach(address);
    expect(agent.links().find(({ name }) => name === "eth0")?.own).toEqual(expect.arrayContaining(own));
    for (const address of [...own, vip4]) agent.order({ do: "release", address });
    await isBound([]);
    for (const address of own) await canReach(address);
    await agent.end();
    for (const address of own) await canReach(address);
  });

  test("serve what a proxy has given another destination", async () => {
    const rules = [
      "add table inet proxy",
      "add chain inet proxy prerouting { type nat hook prerouting priority dstnat; }",
      `add rule inet proxy prerouting ip daddr ${vip4} tcp dport 80 dnat ip to ${node.ipv4}:${port}`,
      `add rule inet proxy prerouting ip6 daddr ${vip6} tcp dport 80 dnat ip6 to [${node.ipv6}]:${port}`,
    ];
    await wire.run("node", "nft", rules.join("; "));
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    for (const address of both) await canReach(address, 80);
  });

  test("stay guarded when somebody sweeps away all firewall rules", async () => {
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    await wire.run("node", "nft", "flush", "ruleset");
    for (const address of both) await until(`${address} is guarded again`, () => canNotReach(address));
    expect(await bound()).toEqual([`${vip4}/32`, `${vip6}/128`]);
  });

  test("stay where they are, a thousand of them, when the guard has to be put up anew", async () => {
    const many = [...Array(1000).keys()].map((n) => `10.78.${16 + (n >> 8)}.${n & 255}`);
    for (const address of many) bind(address);
    const left = async () => {
      const text = await wire.run("node", "ip", "-4", "-o", "addr", "show", "dev", "eth0");
      return text.match(/ 10\.78\.(1[6-9])\./g)?.length ?? 0;
    };
    await until("all are bound", async () => expect(await left()).toBe(many.length));
    await wire.run("node", "nft", "flush", "ruleset");
    const guarded = () => wire.run("node", "nft", "list", "set", "inet", "fairlead", "bound4");
    await until("all are guarded again", async () => {
      expect(await left()).toBe(many.length);
      expect((await guarded()).match(/10\.78\.19\.\d+/g)).not.toBeNull();
    });
    expect(await left()).toBe(many.length);
    expect(agent.troubles).toEqual([]);
  });

  test("are taken off one by one, and with the agent, guard and all", async () => {
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    agent.order({ do: "release", address: vip4 });
    await isBound([`${vip6}/128`]);
    await ask.isNotAnswered(vip4);
    await agent.end();
    expect(await bound()).toEqual([]);
    expect(await wire.run("node", "nft", "list", "ruleset")).toBe("");
  });

  test("are not bound before this node may speak for them", async () => {
    agent.order({ do: "answer", forMs: 0, again: false });
    for (const address of both) bind(address);
    // It counts after it has done what it was told before.
    await agent.count();
    await agent.count();
    expect(await bound()).toEqual([]);
    agent.order({ do: "answer", forMs: 550, again: true });
    await isBound([`${vip4}/32`, `${vip6}/128`]);
  });

  test("go by themselves when the agent is killed, or may not speak for them any more", async () => {
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    agent.order({ do: "answer", forMs: 100, again: false });
    await isBound([]);
    agent.order({ do: "answer", forMs: 550, again: true });
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    process.kill(agent.pid, "SIGKILL");
    await isBound([]);
  });

  test("that a killed agent left are swept when the next one starts", async () => {
    for (const address of both) bind(address);
    await isBound([`${vip4}/32`, `${vip6}/128`]);
    process.kill(agent.pid, "SIGKILL");
    // Else they would go by themselves.
    for (const [address, length] of [
      [vip4, 32],
      [vip6, 128],
    ])
      await wire.ip(
        "node",
        `addr change ${address}/${length} dev eth0 noprefixroute valid_lft 600 preferred_lft 0`,
      );
    const next = await startLayer2(wire.namespace("node"));
    expect(await bound()).toEqual([]);
    expect(await wire.run("node", "nft", "list", "ruleset")).toBe("");
    await next.end();
  });

  test("are answered for from a raw socket where the capability to bind them is missing", async () => {
    const drop = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"];
    const without = await startLayer2(wire.namespace("node"), drop);
    for (const address of both) without.hold(address, { mode: "Bind" });
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    expect(await bound()).toEqual([]);
    expect(without.troubles).toEqual([
      "Cannot bind addresses: put up the guard: EPERM (operation not permitted): the agent needs the capability CAP_NET_ADMIN; such addresses are answered for from a raw socket instead",
    ]);
    await without.end();
  });
});
