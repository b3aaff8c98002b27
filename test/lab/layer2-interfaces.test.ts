/** Layer 2 when interfaces change, when there are several, and when there is more than the kernel takes at once. */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Layer2Agent, startLayer2 } from "./layer2/agent.ts";
import { type Asking, askFrom } from "./layer2/ask.ts";
import { addressesOf, startWire, type TestWire } from "./layer2/wire.ts";
import { describeLab } from "./support/describe-lab.ts";
import { until } from "./support/until.ts";

const node = addressesOf(1);
const otherMac = "02:78:00:00:00:aa";
const vip4 = "10.78.9.1";
const vip6 = "fd78::9:1";
const both = [vip4, vip6];

describeLab("layer 2 and its interfaces", ["arping", "ndisc6", "tcpdump", "bridge"], () => {
  let wire: TestWire;
  let agent: Layer2Agent;
  let ask: Asking;

  beforeEach(async () => {
    wire = await startWire(["node", "client"]);
    agent = await startLayer2(wire.namespace("node"));
    ask = askFrom(wire, "client");
  });
  afterEach(async () => {
    await agent.end();
    await wire[Symbol.asyncDispose]();
  });

  test("goes on on an interface that went away and came back under its name", async () => {
    for (const address of both) agent.hold(address);
    await ask.isAnsweredBy(vip6, node.mac);
    // It sees only what comes of it: an interface of the same name.
    process.kill(agent.pid, "SIGSTOP");
    await wire.ip(
      "switch",
      "link del dev node",
      `link add name node type veth peer name eth0 address ${otherMac} netns ${wire.namespace("node")}`,
      "link set dev node master br0 up",
    );
    await wire.ip("node", "link set dev eth0 up");
    process.kill(agent.pid, "SIGCONT");
    for (const address of both) await ask.isAnsweredBy(address, otherMac);
    expect(agent.troubles).toEqual([]);
  });

  test("answers with a changed hardware address, and tells those who have the old one", async () => {
    for (const address of both) agent.hold(address);
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    for (const address of both)
      await wire.ip("client", `neigh replace ${address} lladdr ${node.mac} dev eth0 nud reachable`);
    await wire.ip("node", `link set dev eth0 address ${otherMac}`);
    for (const address of both) {
      await until(`the client has learned of ${address}`, async () =>
        expect(await ask.learned(address)).toBe(otherMac),
      );
      await ask.isAnsweredBy(address, otherMac);
    }
  });

  test("follows an interface that is set down and up, gets another name, or becomes a port of a bridge", async () => {
    for (const address of both) agent.hold(address);
    const skips = () =>
      agent.links().flatMap(({ name, skipped }) => (skipped === undefined ? [] : [[name, skipped]]));
    await wire.ip("node", "link set dev eth0 down", "link set dev eth0 up");
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    await wire.ip("node", "link set dev eth0 down", "link set dev eth0 name lan0", "link set dev lan0 up");
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    expect(skips()).toEqual([["lo", "is a loopback interface"]]);
    await wire.ip(
      "node",
      "link add name br9 type bridge",
      "link set dev lan0 master br9",
      "link set dev br9 up",
    );
    for (const address of both) await ask.isAnsweredBy(address, node.mac);
    expect(skips()).toEqual([
      ["lo", "is a loopback interface"],
      ["lan0", "is a port of br9"],
    ]);
    expect(agent.troubles).toEqual([]);
  });

  test("announces anew when a link comes up again", async () => {
    for (const address of both) agent.hold(address);
    await until("the rounds are over", async () => {
      const { counters } = await agent.count();
      expect(counters.map(({ announcements }) => announcements)).toEqual([5, 5]);
    });
    await wire.ip("switch", "link set dev node down");
    await until("it knows", () => expect(agent.links().find(({ name }) => name === "eth0")?.up).toBe(false));
    const capture = await wire.watch("client", "arp or icmp6");
    await wire.ip("switch", "link set dev node up");
    await capture.has(new RegExp(`Reply ${vip4} is-at`));
    await capture.has(new RegExp(`advertisement.*tgt is ${vip6}`));
    capture.stop();
  });

  test("reports its groups, so that a switch that looks at reports lets questions through", async () => {
    agent.hold(vip6);
    await until("the switch knows the member", async () => {
      const said = await wire.run("switch", "bridge", "mdb", "show", "dev", "br0");
      expect(said).toMatch(/port node grp ff02::1:ff09:1 /);
    });
    // From its first query on it passes groups to reported members only.
    await wire.run("switch", "ip", "link", "set", "dev", "br0", "type", "bridge", "mcast_querier", "1");
    await ask.isAnsweredBy(vip6, node.mac);
    agent.order({ do: "release", address: vip6 });
    await until("its kernel has left", async () => {
      expect(await wire.run("node", "ip", "-6", "maddr", "show", "dev", "eth0")).not.toContain("ff09:1");
    });
  });

  test("does not answer on an interface what was asked on a VLAN of it", async () => {
    agent.hold(vip4);
    await ask.isAnsweredBy(vip4, node.mac);
    const question = (tag: string) =>
      `ffffffffffff027800000002${tag}08060001080006040001${"027800000002"}${"0a4e0002"}${"000000000000"}${"0a4e0901"}`;
    const program = fileURLToPath(new URL("./layer2/send-frame.ts", import.meta.url));
    const capture = await wire.watch("client", "arp", "or", "vlan");
    await wire.run("client", process.execPath, program, question("8100000a"));
    await wire.run("client", process.execPath, program, question(""));
    await capture.has(/vlan 10,.*who-has 10.78.9.1/);
    await capture.has(/Reply 10.78.9.1 is-at 02:78:00:00:00:01/);
    await until("both have come", async () => expect(await ask.whoHas(vip4)).toEqual([node.mac]));
    expect(capture.lines.filter((line) => line.includes("vlan 10"))).toHaveLength(1);
    const [counts] = (await agent.count()).counters;
    const answers = capture.lines.filter((line) => /02:78:00:00:00:01 > 02:78:00:00:00:02.*Reply/.test(line));
    const asked = capture.lines.filter((line) => /who-has 10.78.9.1 .*tell 10.78.0.2/.test(line));
    expect(answers).toHaveLength(asked.length - 1);
    expect(counts?.answers).toBe(counts?.requests);
    capture.stop();
  });

  test("answers only on the interfaces that are named, and takes no frame of its own for another's", async () => {
    await wire.ip(
      "switch",
      `link add name node2 type veth peer name eth1 address ${otherMac} netns ${wire.namespace("node")}`,
      "link set dev node2 master br0 up",
    );
    await wire.ip("node", "link set dev eth1 up");
    agent.hold(vip4, { interfaces: ["eth1"] });
    await ask.isAnsweredBy(vip4, otherMac);
    agent.hold(vip4, { interfaces: ["eth0", "eth1"] });
    await until("both answer", async () =>
      expect((await ask.whoHas(vip4)).toSorted()).toEqual([node.mac, otherMac]),
    );
    expect(agent.frames).toEqual([]);
  });

  test("takes thousands of addresses, more than fit into one filter or on one socket", async () => {
    // Memory for filters and memberships, as small as the kernel lets it be in this namespace.
    await wire.run("node", "sysctl", "-w", "net.core.optmem_max=4096");
    const odd = (n: number) => 2 * n + 1;
    const addresses = Array.from({ length: 3000 }, (_, n) => [
      `10.78.${128 + (odd(n) >> 8)}.${odd(n) & 255}`,
      `fd78::7:${odd(n).toString(16)}`,
    ]).flat();
    for (const address of addresses) agent.hold(address);
    const [first4 = "", first6 = ""] = addresses;
    const [last4 = "", last6 = ""] = addresses.slice(-2);
    for (const address of [first4, last4, first6, last6]) await ask.isAnsweredBy(address, node.mac);
    expect(await ask.whoHas("10.78.128.2")).toEqual([]);
    expect(await ask.whoHas("fd78::7:2")).toEqual([]);
    const groups = await wire.run("node", "ip", "-6", "maddr", "show", "dev", "eth0");
    expect(groups.match(/ff02::1:ff07:/g)).toHaveLength(3000);
    expect(agent.troubles).toEqual([]);
  });
});
