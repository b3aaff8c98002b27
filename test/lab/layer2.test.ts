/** Layer 2 between hosts with real kernels. The programs that ask and look are Debian's. */
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Layer2Agent, startLayer2 } from "./layer2/agent.ts";
import { type Asking, askFrom } from "./layer2/ask.ts";
import { addressesOf, startWire, type TestWire } from "./layer2/wire.ts";
import { describeLab } from "./support/describe-lab.ts";
import { until } from "./support/until.ts";

const node = addressesOf(1);
const client = addressesOf(2);
const stranger = "02:99:99:99:99:99";
const vip4 = "10.78.9.1";
const vip6 = "fd78::9:1";
const both = [vip4, vip6];
/** Told apart from the above by the agent only: it passes the filter, and is in the same group. */
const endsAlike = "fd78:0:0:1::9:1";

describeLab("layer 2", ["arping", "ndisc6", "tcpdump"], () => {
  let wire: TestWire;
  let agent: Layer2Agent;
  let ask: Asking;

  beforeAll(async () => {
    wire = await startWire(["node", "client"]);
    ask = askFrom(wire, "client");
  });
  afterAll(async () => wire[Symbol.asyncDispose]());
  beforeEach(async () => {
    agent = await startLayer2(wire.namespace("node"));
  });
  afterEach(async () => {
    await agent.end();
    await wire.ip("client", "neigh flush dev eth0");
  });

  test.each(both)("answers for %s while it is held, and for no other", async (address) => {
    agent.hold(address);
    await ask.isAnsweredBy(address, node.mac);
    expect(await ask.whoHas("10.78.9.2")).toEqual([]);
    expect(await ask.whoHas(endsAlike)).toEqual([]);
    const { counters } = await agent.count();
    expect(counters).toEqual([
      expect.objectContaining({ address, interface: "eth0", announcements: expect.any(Number) }),
    ]);
    expect(counters[0]?.answers).toBe(counters[0]?.requests);
    agent.order({ do: "release", address });
    await ask.isNotAnswered(address);
  });

  test.each(both)("is believed by the kernel of a client that wants to send to %s", async (address) => {
    agent.hold(address);
    const target = address.includes(":") ? `[${address}]` : address;
    // Nothing listens there; the client finds out where it would have to send to.
    await wire.run("client", "curl", "-s", "-m", "1", `http://${target}/`);
    expect(await ask.learned(address)).toBe(node.mac);
  });

  test("announces an IPv4 address in rounds, as requests and as replies", async () => {
    const capture = await wire.watch("client", "arp");
    agent.hold(vip4);
    const isFrom = `${node.mac} > (ff:ff:ff:ff:ff:ff|Broadcast)`;
    await capture.has(new RegExp(`${isFrom}.*Request who-has ${vip4} .*tell ${vip4}`), 5);
    await capture.has(new RegExp(`${isFrom}.*Reply ${vip4} is-at ${node.mac}`), 5);
    capture.stop();
  });

  test("announces an IPv6 address in rounds, to all nodes and with the override flag", async () => {
    const capture = await wire.watch("client", "icmp6");
    agent.hold(vip6);
    const [advertisement] = await capture.has(new RegExp(`advertisement.*tgt is ${vip6}`), 5);
    expect(advertisement).toContain(`${node.mac} > 33:33:00:00:00:01`);
    expect(advertisement).toContain(`${vip6} > ff02::1: [icmp6 sum ok]`);
    expect(advertisement).toContain("Flags [override]");
    expect(advertisement).toContain(`destination link-address option (2), length 8 (1): ${node.mac}`);
    expect(advertisement).toContain("hlim 255");
    capture.stop();
  });

  test.each(both)("corrects what a client has of a former holder of %s", async (address) => {
    await wire.ip("client", `neigh replace ${address} lladdr ${stranger} dev eth0 nud stale`);
    agent.hold(address);
    await until("the client has the new one", async () => expect(await ask.learned(address)).toBe(node.mac));
  });

  test("makes another's duplicate address detection fail", async () => {
    agent.hold(vip4);
    agent.hold(vip6);
    await until("its announcements are over, which would make it fail as well", async () => {
      const { counters } = await agent.count();
      expect(counters.map(({ announcements }) => announcements)).toEqual([5, 5]);
    });
    const said = await wire.run("client", "arping", "-D", "-I", "eth0", "-c", "1", "-w", "1", vip4);
    expect(said).toContain("Received 1 response");
    await detectDuplicates(1);
    await wire.ip("client", `addr add ${vip6}/64 dev eth0`);
    await until("the client's kernel gives the address up", async () => {
      expect(await wire.run("client", "ip", "addr", "show", "dev", "eth0")).toMatch(/9:1\/64.*dadfailed/);
    });
    await wire.ip("client", `addr del ${vip6}/64 dev eth0`);
    await detectDuplicates(0);
    for (const address of both)
      expect(agent.frames).toContainEqual({ address, interface: "eth0", mac: client.mac, what: "probe" });
  });

  async function detectDuplicates(value: 0 | 1): Promise<void> {
    const settings = ["all", "eth0"].map((of) => `net.ipv6.conf.${of}.accept_dad=${value}`);
    await wire.run("client", "sysctl", "-w", ...settings);
  }

  test.each(both)("sees who owns %s when it asks, and does not disturb the owner", async (address) => {
    await wire.ip("client", `addr add ${address}/${address === vip4 ? 16 : 64} dev eth0`);
    const seen = agent.sees({ address, mac: client.mac });
    agent.order({ do: "probe", address });
    expect(await seen).toMatchObject({
      interface: "eth0",
      what: address === vip4 ? "reply" : "announcement",
    });
    expect(await wire.run("client", "ip", "addr", "show", "dev", "eth0")).toContain(`${address}/`);
    await wire.ip("client", `addr del ${address}/${address === vip4 ? 16 : 64} dev eth0`);
  });

  test("sees others announce an address that it holds, use it, and never its own frames", async () => {
    agent.hold(vip4);
    await ask.isAnsweredBy(vip4, node.mac);
    await wire.ip("client", `addr add ${vip4}/16 dev eth0`);
    const announced = agent.sees({ address: vip4, what: "announcement", mac: client.mac });
    await wire.run("client", "arping", "-U", "-I", "eth0", "-c", "1", "-w", "1", vip4);
    await announced;
    const used = agent.sees({ address: vip4, what: "announcement", mac: client.mac });
    await wire.run("client", "arping", "-I", "eth0", "-s", vip4, "-c", "1", "-w", "1", node.ipv4);
    await used;
    await wire.ip("client", `addr del ${vip4}/16 dev eth0`);
    expect(agent.frames.filter(({ mac }) => mac === node.mac)).toEqual([]);
  });

  test("answers nothing past the deadline, not even what came in while the process was stopped", async () => {
    agent.hold(vip4);
    await ask.isAnsweredBy(vip4, node.mac);
    agent.order({ do: "answer", forMs: 200, again: false });
    // By the time it counts it has taken the order.
    const [before] = (await agent.count()).counters;
    process.kill(agent.pid, "SIGSTOP");
    const capture = await wire.watch("client", "arp");
    expect(await ask.whoHas(vip4)).toEqual([]);
    // That took a second, and the deadline has passed.
    process.kill(agent.pid, "SIGCONT");
    await until("it has read the question", async () => {
      const [counts] = (await agent.count()).counters;
      expect(counts?.requests).toBeGreaterThan(before?.requests ?? 0);
      expect(counts?.answers).toBe(before?.answers);
    });
    expect(capture.lines.filter((line) => line.includes("Reply"))).toEqual([]);
    capture.stop();
    agent.order({ do: "answer", forMs: 550, again: true });
    await ask.isAnsweredBy(vip4, node.mac);
  });

  test("has room for what comes while it is busy with hundreds of addresses, and knows when there was none", async () => {
    agent.hold(vip4);
    await ask.isAnsweredBy(vip4, node.mac);
    const requests = async () => (await agent.count()).counters[0]?.requests ?? 0;
    const before = await requests();
    await askWhileStopped(2_000);
    await until("it has read all questions", async () =>
      expect(await requests()).toBeGreaterThanOrEqual(before + 2_000),
    );
    expect(agent.losses()).toBe(0);
    await askWhileStopped(20_000);
    await until("it has found that some are lost", () => expect(agent.losses()).toBeGreaterThan(0));
  });

  async function askWhileStopped(times: number): Promise<void> {
    const question = `ffffffffffff02780000000208060001080006040001${"027800000002"}${"0a4e0002"}${"000000000000"}${"0a4e0901"}`;
    const program = fileURLToPath(new URL("./layer2/send-frame.ts", import.meta.url));
    process.kill(agent.pid, "SIGSTOP");
    await wire.run("client", process.execPath, program, question, String(times));
    process.kill(agent.pid, "SIGCONT");
  }
});

describeLab("layer 2 without the capability for raw sockets", ["setpriv"], () => {
  test("says which one is missing", async () => {
    await using wire = await startWire(["node"]);
    const agent = await startLayer2(wire.namespace("node"), [
      "setpriv",
      "--bounding-set",
      "-net_raw",
      "--inh-caps",
      "-net_raw",
    ]);
    agent.hold(vip4);
    await until("it says so", () =>
      expect(agent.troubles).toEqual([
        'Cannot listen on interface "eth0": socket: EPERM (operation not permitted): the agent needs the capability CAP_NET_RAW',
      ]),
    );
    await agent.end();
  });
});
