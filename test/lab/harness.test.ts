/** The lab sees what it is there to see, shown with addresses that are put on interfaces by hand: no agent has a part in it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Asking, ask, fetchPages } from "./support/clients.ts";
import { describeLab } from "./support/describe-lab.ts";
import {
  blockHeartbeats,
  cutOffFromApi,
  endIsolation,
  findPort,
  isolateFromPeers,
  letHeartbeatsPass,
  losePort,
  reconnectToApi,
} from "./support/faults.ts";
import { ipJson, system } from "./support/ip.ts";
import { startKeeper } from "./support/keeper/keep.ts";
import { keeperOf } from "./support/keeper/marks.ts";
import { type Lab, startLab } from "./support/lab.ts";
import { managementAddress, namespaceOf } from "./support/names.ts";
import { createService, deleteService } from "./support/objects.ts";
import { now } from "./support/programs/now.ts";
import { pause } from "./support/stage.ts";
import { until } from "./support/until.ts";

describeLab("the lab itself", ["nft"], () => {
  let lab: Lab;
  let ipv4 = "";
  let ipv6 = "";
  let asking: Asking;

  beforeAll(async () => {
    lab = await startLab();
    const ref = await createService(lab.cluster.client, "web", { families: "both" });
    [ipv4 = "", ipv6 = ""] = await lab.cluster.served(ref);
    asking = await ask(lab, [ipv4, ipv6]);
  });
  afterAll(async () => {
    await lab?.stop();
  });

  /** As if an agent announced: the kernel answers for what is on its interface. */
  const bind = (node: string) => lab.ip(node, lines("add"));
  const unbind = (node: string) => lab.ip(node, lines("del"));
  const lines = (what: string) => [`addr ${what} ${ipv4}/32 dev eth0`, `addr ${what} ${ipv6}/128 dev eth0`];

  test("a page comes through an address by both families, and whoever answers is known by name", async () => {
    expect(await asking.holder(ipv4)).toBeUndefined();
    await bind("node1");
    for (const address of [ipv4, ipv6]) {
      expect(await asking.settled(address)).toBe("node1");
      const warm = await fetchPages(lab, "warm", address);
      expect((await warm.fetched()).at(-1)?.answer).toMatch(/^backend /);
      await warm.stop();
    }
    await unbind("node1");
    await asking.silent(ipv4);
    await asking.silent(ipv6);
  });

  test("a gap is seen by the cold client and by the one that asks, for as long as it lasts", async () => {
    await bind("node1");
    const cold = await fetchPages(lab, "cold", ipv4);
    const from = now();
    await asking.settled(ipv4, { ms: 1_000 });
    const steady = { from, to: now() };
    await unbind("node1");
    const unbound = now();
    await asking.silent(ipv4);
    await bind("node2");
    const bound = now();
    await asking.settled(ipv4);
    const window = { from, to: now() };

    expect(await asking.story(ipv4, window)).toEqual(["node1", "node2"]);
    expect(await asking.doubledMs(ipv4, window)).toBe(0);
    const { gapMs, failed } = await cold.seen(window);
    // Both bounds are the harness's own times, not measures of speed.
    expect(gapMs).toBeGreaterThanOrEqual(bound - unbound - 300);
    expect(failed).toBeGreaterThan(5);
    expect((await cold.seen(steady)).gapMs).toBeLessThan(gapMs);
    await cold.stop();
    await unbind("node2");
  });

  test("two that answer at once are seen, for as long as they do", async () => {
    await bind("node1");
    const from = now();
    await asking.settled(ipv4);
    await bind("node2");
    await until("both answer", async () => {
      const story = await asking.story(ipv4, { from, to: now() });
      expect(story).toContain("node1+node2");
    });
    const both = now();
    await pause(700);
    const atLeast = now() - both;
    await unbind("node1");
    expect(await asking.settled(ipv4)).toBe("node2");
    await bind("node1");
    await unbind("node2");
    expect(await asking.settled(ipv4)).toBe("node1");
    const window = { from, to: now() };
    expect(await asking.doubledMs(ipv4, window)).toBeGreaterThan(atLeast - 200);
    expect(new Set(await asking.story(ipv6, window))).toContain("node1+node2");
    await unbind("node1");
  });

  test("an answer for an address that was taken back is seen", async () => {
    const ref = await createService(lab.cluster.client, "gone");
    const [address = ""] = await lab.cluster.served(ref);
    const watching = await ask(lab, [address]);
    await lab.ip("node3", [`addr add ${address}/32 dev eth0`]);
    expect(await watching.settled(address)).toBe("node3");
    await deleteService(lab.cluster.client, "gone");
    const from = now();
    await watching.settled(address);
    expect(await watching.story(address, { from, to: now() })).toEqual(["node3"]);
    await lab.ip("node3", [`addr del ${address}/32 dev eth0`]);
    await watching.silent(address);
    await watching.stop();
  });

  test("faults of the network take away what they are to take away, and nothing else", async () => {
    const [first, second] = lab.nodes;
    if (first === undefined || second === undefined) throw new Error("A lab has nodes");
    await bind("node1");
    await asking.settled(ipv4);
    expect(await reaches("node2", first.ipv4)).toBe(true);

    await isolateFromPeers(lab, first);
    expect(await reaches("node2", first.ipv4)).toBe(false);
    expect(await reaches("node1", second.ipv6)).toBe(false);
    expect(await reaches("node2", "10.77.0.13")).toBe(true);
    expect(await asking.settled(ipv4)).toBe("node1");
    await endIsolation(lab);

    await blockHeartbeats(lab, first);
    expect(await reaches("node2", first.ipv4)).toBe(true);
    expect(await datagramsReach("node2", "node1", first.ipv4)).toBe(false);
    expect(await datagramsReach("node1", "node2", second.ipv6)).toBe(false);
    expect(await datagramsReach("node3", "node2", second.ipv4)).toBe(true);
    await letHeartbeatsPass(lab);
    expect(await datagramsReach("node2", "node1", first.ipv4)).toBe(true);

    await cutOffFromApi(lab, first);
    expect(await reaches("machine", managementAddress(lab.index, 11))).toBe(false);
    expect(await reaches("machine", managementAddress(lab.index, 12))).toBe(true);
    await reconnectToApi(lab, first);

    await losePort(lab, first);
    await asking.silent(ipv4);
    await findPort(lab, first);
    expect(await asking.settled(ipv4)).toBe("node1");
    await unbind("node1");
  });

  test("another lab can run beside it", async () => {
    const other = await startLab({ nodes: 1 });
    expect(other.index).not.toBe(lab.index);
    expect(await namespaces()).toContain(other.namespaceOf("node1"));
    await other.stop();
    expect(await namespaces()).toContain(lab.namespaceOf("node1"));
    expect(await namespaces()).not.toContain(other.namespaceOf("node1"));
  });

  test.each([
    { killed: "who started it", keeperToo: false },
    { killed: "who started it, and its keeper", keeperToo: true },
  ])("of a lab nothing is left after $killed was killed", async ({ keeperToo }) => {
    const folder = new URL("./support/", import.meta.url).pathname;
    const child = spawn(process.execPath, [
      "--disable-warning=ExperimentalWarning",
      "-e",
      `const { startKeeper } = await import("${folder}keeper/keep.ts");
       const { buildNetwork } = await import("${folder}network.ts");
       const { nodeHost } = await import("${folder}hosts.ts");
       const { index } = await startKeeper();
       await buildNetwork(index, [nodeHost(1)]);
       console.log(index);
       setInterval(() => {}, 1_000);`,
    ]);
    const [index] = (await once(child.stdout, "data")) as [Buffer];
    const left = namespaceOf(Number(index), "node1");
    expect(await namespaces()).toContain(left);
    if (keeperToo) process.kill(keeperOf(Number(index)), "SIGKILL");
    child.kill("SIGKILL");
    if (keeperToo) {
      expect(await namespaces()).toContain(left);
      await (await startKeeper()).end();
    }
    await until("it is gone", async () => expect(await namespaces()).not.toContain(left));
    expect(await namespaces()).toContain(lab.namespaceOf("node1"));
  });

  async function namespaces(): Promise<string[]> {
    return (await ipJson<{ name: string }>(["netns", "list"])).map(({ name }) => name);
  }

  /** Whether datagrams come from one node to another. */
  async function datagramsReach(from: string, to: string, address: string): Promise<boolean> {
    const type = address.includes(":") ? "udp6" : "udp4";
    const listening = `require("dgram").createSocket("${type}").bind(7777, () => console.log("{}"))
      .on("message", () => console.log("{}"))`;
    const name = `listening-${to}-${from}-${type}`;
    const listener = await lab.start(to, name, [process.execPath, "-e", listening]);
    const lines = () => lab.linesOf(name);
    await until("it listens", async () => expect((await lines()).length).toBeGreaterThan(0));
    const before = (await lines()).length;
    const sending = `const s = require("dgram").createSocket("${type}"); let left = 20;
      const again = () => s.send("x", 7777, "${address}", () => --left > 0 ? setTimeout(again, 10) : s.close()); again();`;
    await system("ip", ["netns", "exec", lab.namespaceOf(from), process.execPath, "-e", sending]);
    const came = (await lines()).length > before;
    listener.signal("SIGKILL");
    await listener.exited;
    return came;
  }

  /** Whether a connection to a kube-proxy's health port, from one node to another, comes to be. */
  async function reaches(from: string, address: string): Promise<boolean> {
    const target = address.includes(":") ? `[${address}]` : address;
    const script = `fetch("http://${target}:10256/healthz",{signal:AbortSignal.timeout(1500)}).then(()=>process.exit(0),()=>process.exit(1))`;
    const inside = ["netns", "exec", lab.namespaceOf(from), process.execPath];
    const [command, first] = from === "machine" ? [process.execPath, []] : ["ip", inside];
    return system(command, [...first, "-e", script]).then(
      () => true,
      () => false,
    );
  }
});
