/** Every row of the table in docs/design/agents.md, in a simulated cluster of three nodes. */
import { describe, expect, test } from "@jest/globals";
import { leaseMs } from "./model/api-server.ts";
import { type Lab, longest, startedLab } from "./model/lab.ts";
import type { Channel } from "./model/wires.ts";

const heartbeats: readonly Channel[] = ["network", "wire"];
const everything: readonly Channel[] = ["network", "wire", "arp"];

function ownerOf(lab: Lab, address = "10.0.0.1"): string {
  const [owner, ...more] = lab.answering(address);
  expect(more).toEqual([]);
  if (owner === undefined) throw new Error(`Nobody answers for ${address}\n${lab.story()}`);
  return owner;
}

function owners(lab: Lab): string[] {
  return [...lab.api.addresses.keys()].map((address) => ownerOf(lab, address));
}

/** By how many nodes it was answered for and for how long is in order: the numbers of the table. */
function expectGap(lab: Lab, atMost: number): void {
  const seen = lab.witness();
  expect(longest(seen.dark)).toBeLessThanOrEqual(atMost);
  expect(longest(seen.doubled)).toBe(0);
}

test("nothing moves and nobody is silent when nothing happens", () => {
  const lab = startedLab({ nodes: 3, addresses: 9 });
  const before = owners(lab);
  lab.run(120_000);
  expect(owners(lab)).toEqual(before);
  expectGap(lab, 0);
});

describe("a holder that fails is replaced within 0.8 s", () => {
  const faults: Record<string, (lab: Lab, node: string) => void> = {
    killed: (lab, node) => lab.host(node).kill(),
    frozen: (lab, node) => lab.host(node).pause(),
    "without link": (lab, node) => lab.host(node).setLink(false),
    "without network and link": (lab, node) => {
      lab.host(node).setLink(false);
      lab.isolate([node], everything);
      lab.api.unreachable.add(node);
    },
  };
  const rows = Object.keys(faults).flatMap((fault) =>
    [0, 37, 74, 111, 148, 185].map((after) => ({ fault, after })),
  );
  test.each(rows)("$fault, $after ms after a beat", ({ fault, after }) => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    lab.run(after);
    const holder = ownerOf(lab);
    faults[fault]?.(lab, holder);
    lab.run(5_000);
    expect(ownerOf(lab)).not.toBe(holder);
    expectGap(lab, 800);
  });
});

describe("an address that is bound, which the kernel of a dead agent answers for 2 to 3 s longer", () => {
  const faults: Record<string, (lab: Lab, node: string) => void> = {
    killed: (lab, node) => lab.host(node).kill(),
    frozen: (lab, node) => lab.host(node).pause(),
  };
  const rows = Object.keys(faults).flatMap((fault) => [0, 333, 666].map((after) => ({ fault, after })));
  test.each(rows)(
    "$fault, after $after ms: taken over when two probes in a row are not answered",
    ({ fault, after }) => {
      const lab = startedLab({ nodes: 3, addresses: 3 });
      for (const address of lab.api.addresses.keys()) lab.setAddress(address, { mode: "Bind" });
      lab.run(10_000 + after);
      const holder = ownerOf(lab);
      lab.witness();
      faults[fault]?.(lab, holder);
      lab.run(6_000);
      expect(owners(lab)).not.toContain(holder);
      expectGap(lab, 2_200);
    },
  );
});

describe("what is planned leaves no gap", () => {
  test.each([1, 6])("a node leaves with %d addresses in the cluster", (addresses) => {
    const lab = startedLab({ nodes: 3, addresses });
    const holder = ownerOf(lab);
    lab.host(holder).leave();
    lab.run(500);
    expect(lab.host(holder).hasLeft).toBe(true);
    lab.host(holder).kill();
    lab.run(5_000);
    expect(owners(lab)).not.toContain(holder);
    const seen = lab.witness();
    expect(longest(seen.dark)).toBe(0);
    expect(longest(seen.doubled)).toBeLessThanOrEqual(10);
  });

  test("a node is drained", () => {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    const holder = ownerOf(lab);
    const candidates = lab.nodes.filter((node) => node !== holder);
    lab.setAddress("10.0.0.1", {
      candidates: candidates.map((node) => ({ node, interfaces: undefined, preference: 0 })),
    });
    lab.run(3_000);
    expect(candidates).toContain(ownerOf(lab));
    expect(longest(lab.witness().dark)).toBe(0);
  });

  test("an agent is added, and one is taken away", () => {
    const lab = startedLab({ nodes: 3, addresses: 6 });
    lab.host("node-c").leave();
    lab.run(1_000);
    lab.host("node-c").kill();
    lab.run(20_000);
    lab.host("node-c").start();
    lab.run(20_000);
    expect(longest(lab.witness().dark)).toBe(0);
    // Two nodes had three each; the third has room, and none is above the bound.
    expect(new Set(owners(lab)).size).toBe(2);
  });

  test("the last node leaves: it stops at once, for there is nobody to wait for", () => {
    const lab = startedLab({ nodes: 1, addresses: 2 });
    lab.host("node-a").leave();
    lab.run(10);
    expect(lab.host("node-a").hasLeft).toBe(true);
    expect(lab.answering("10.0.0.1")).toEqual([]);
  });
});

describe("heartbeats are eaten by a firewall", () => {
  test("nothing moves, and never do two answer", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const before = owners(lab);
    lab.isolate([ownerOf(lab)], heartbeats);
    lab.run(60_000);
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
    lab.wires.clear();
    lab.run(20_000);
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
  });

  test.each([9_100, 9_400, 9_700, 20_000, 20_500])(
    "and the others do not reach the API server for %d ms: they take nothing from it, for they could not see its Lease",
    (ms) => {
      const lab = startedLab({ nodes: 3, addresses: 3 });
      const holder = ownerOf(lab);
      lab.isolate([holder], heartbeats);
      lab.run(5_000);
      for (const node of lab.nodes) if (node !== holder) lab.api.unreachable.add(node);
      lab.run(ms);
      lab.api.unreachable.clear();
      lab.run(20_000);
      expect(ownerOf(lab)).toBe(holder);
      const { dark, doubled } = lab.witness();
      expect([dark.get("10.0.0.1"), doubled.get("10.0.0.1")]).toEqual([undefined, undefined]);
    },
  );

  test.each([1_000, 5_000, 20_000, 20_300, 20_600])(
    "the node is killed %d ms later: others take over when it does not answer any more",
    (ms) => {
      const lab = startedLab({ nodes: 3, addresses: 3 });
      const holder = ownerOf(lab);
      lab.isolate([holder], heartbeats);
      lab.run(ms);
      lab.host(holder).kill();
      lab.run(5_000);
      expect(owners(lab)).not.toContain(holder);
      expectGap(lab, 2_200);
    },
  );

  test("and all questions of one second get lost: nothing moves, for it takes two in a row", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const before = owners(lab);
    lab.isolate([ownerOf(lab)], heartbeats);
    lab.run(5_000);
    for (let count = 0; count < 5; count += 1) {
      lab.wires.loses = (_, to, channel) => channel === "arp" && to === before[0];
      lab.run(1_000);
      lab.wires.loses = () => false;
      lab.run(2_000);
    }
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
  });

  test("and its Lease was last seen when nobody had asked for it any more: that one counts for nothing", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const before = owners(lab);
    const holder = ownerOf(lab);
    for (const node of lab.nodes) {
      if (node === holder) continue;
      const renewedAt = lab.queue.now;
      lab.host(node).tell({ kind: "lease", node: holder, renewedAt, durationMs: leaseMs });
    }
    lab.run(2 * leaseMs);
    lab.isolate([holder], heartbeats);
    lab.run(20_000);
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
  });

  test("and the holder is late to answer for some: the others know from its other answers that it lives", () => {
    const lab = startedLab({ nodes: 3, addresses: 60 });
    const before = owners(lab);
    const holder = ownerOf(lab);
    lab.isolate([holder], heartbeats);
    // The first in the order have their answers by then; those who come next ask in vain.
    lab.run(680);
    lab.wires.loses = (from, _to, channel) => from === holder && channel === "arp";
    lab.run(470);
    lab.wires.loses = () => false;
    lab.run(20_000);
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
  });

  test("and half of all frames get lost: a holder that is taken for gone yields to one of the announcements", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const lab = startedLab({ nodes: 3, addresses: 3, seed });
      lab.isolate([ownerOf(lab)], heartbeats);
      lab.wires.quality = { loss: 0.5, delayMs: [0.1, 30] };
      lab.run(60_000);
      // Announced at once, after 1.1 s, 2.2 s, …
      const { dark, doubled } = lab.witness();
      expect({ seed, dark: longest(dark), doubled: longest(doubled) <= 2_300 }).toEqual({
        seed,
        dark: 0,
        doubled: true,
      });
    }
  });

  test("a new address ends up with one of the nodes that can't hear each other", () => {
    const lab = startedLab({ nodes: 2, addresses: 1 });
    lab.isolate(["node-a"], heartbeats);
    lab.run(5_000);
    lab.setAddress("10.0.0.9");
    lab.run(10_000);
    ownerOf(lab, "10.0.0.9");
    expect(longest(lab.witness().doubled)).toBeLessThanOrEqual(10);
  });
});

test("two nodes are cut off from each other and a third hears both: nothing moves", () => {
  const lab = startedLab({ nodes: 3, addresses: 6 });
  const before = owners(lab);
  const [a = "", b = ""] = lab.nodes;
  lab.wires.block(a, b, everything);
  lab.wires.block(b, a, everything);
  lab.run(30_000);
  expect(owners(lab)).toEqual(before);
  expectGap(lab, 0);
});

test("a node that is cut off altogether takes nothing from the others, and when it is back they keep what they have", () => {
  const lab = startedLab({ nodes: 3, addresses: 6 });
  const [alone = "", ...others] = lab.nodes;
  const ofOthers = [...lab.api.addresses.keys()].filter((address) => ownerOf(lab, address) !== alone);
  const before = ofOthers.map((address) => ownerOf(lab, address));
  lab.isolate([alone], everything);
  lab.run(8_000);
  expect(ofOthers.map((address) => ownerOf(lab, address))).toEqual(before);
  lab.wires.clear();
  lab.run(3_000);
  expect(ofOthers.map((address) => ownerOf(lab, address))).toEqual(before);
  expect(new Set(owners(lab))).toEqual(new Set(others));
});

test("the wire falls apart: each part answers its own clients, and one of the two gives way when it is whole again", () => {
  const lab = startedLab({ nodes: 4, addresses: 8 });
  lab.isolate(lab.nodes.slice(0, 2), everything);
  lab.run(5_000);
  for (const address of lab.api.addresses.keys()) {
    const answering = lab.answering(address);
    expect(answering).toHaveLength(2);
    expect(answering.filter((node) => lab.nodes.indexOf(node) < 2)).toHaveLength(1);
  }
  lab.witness();
  lab.wires.clear();
  lab.run(1_000);
  owners(lab);
  expect(longest(lab.witness().dark)).toBe(0);
});

describe("a frozen agent comes back", () => {
  const lengths = [560, 600, 640, 680, 720, 760, 800, 3_000, 30_000];
  const rows = lengths.flatMap((ms) => [0, 50, 100, 150].map((after) => ({ ms, after })));
  test.each(rows)("after $ms ms, begun $after ms later, it answers nothing stale", ({ ms, after }) => {
    const lab = startedLab({ nodes: 3, addresses: 2 });
    lab.run(after);
    const holder = ownerOf(lab);
    lab.host(holder).pause();
    lab.run(ms);
    lab.host(holder).resume();
    lab.run(10_000);
    ownerOf(lab);
    // Either it goes on before others take its place, or they do.
    expectGap(lab, 850);
  });

  test("after less than others need to take its place it goes on", () => {
    const lab = startedLab({ nodes: 3, addresses: 2 });
    const holder = ownerOf(lab);
    lab.host(holder).pause();
    lab.run(450);
    lab.host(holder).resume();
    lab.run(5_000);
    expect(ownerOf(lab)).toBe(holder);
    expectGap(lab, 480);
  });
});

test("a link that is back brings no second answer and no gap", () => {
  const lab = startedLab({ nodes: 3, addresses: 3 });
  const holder = ownerOf(lab);
  lab.host(holder).setLink(false);
  lab.run(10_000);
  lab.witness();
  lab.host(holder).setLink(true);
  lab.run(10_000);
  owners(lab);
  expectGap(lab, 0);
});

test("a link that is back on a node that was cut off altogether brings no second answer", () => {
  const lab = startedLab({ nodes: 3, addresses: 3 });
  const holder = ownerOf(lab);
  lab.host(holder).setLink(false);
  lab.isolate([holder], ["network"]);
  lab.api.unreachable.add(holder);
  lab.run(3_000);
  lab.witness();
  lab.wires.clear();
  lab.host(holder).setLink(true);
  lab.run(10_000);
  owners(lab);
  expectGap(lab, 0);
});

test("a switch that loses the port without a word: the larger part of the wire takes over", () => {
  const lab = startedLab({ nodes: 3, addresses: 3 });
  const holder = ownerOf(lab);
  lab.isolate([holder], ["wire", "arp"]);
  lab.run(1_000);
  const seen = lab.witness();
  expect(lab.answering("10.0.0.1")).not.toContain(holder);
  // It goes on answering into nothing until it hears of the claim.
  expect(longest(seen.doubled)).toBeLessThanOrEqual(20);
  lab.run(20_000);
  owners(lab);
  expectGap(lab, 0);
});

describe("the API server is away", () => {
  test("for all: nothing moves, and a killed node is replaced as ever", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const before = owners(lab);
    lab.api.isUp = false;
    lab.run(120_000);
    expect(owners(lab)).toEqual(before);
    expectGap(lab, 0);
    const holder = ownerOf(lab);
    lab.host(holder).kill();
    lab.run(3_000);
    expect(owners(lab)).not.toContain(holder);
    expectGap(lab, 800);
  });

  test("for all, then back for one after the other: the first to see it is not given everything", () => {
    const lab = startedLab({ nodes: 5, addresses: 20 });
    lab.api.isUp = false;
    lab.run(60_000);
    for (const node of lab.nodes) lab.api.unreachable.add(node);
    lab.api.isUp = true;
    for (const node of lab.nodes) {
      lab.api.unreachable.delete(node);
      lab.run(4_000);
      expect(countsOf(lab).every((count) => count <= 5)).toBe(true);
    }
    lab.run(30_000);
    expect(countsOf(lab).every((count) => count <= 5)).toBe(true);
    expect(longest(lab.witness().dark)).toBe(0);
  });

  test("for all, then back for one alone for a minute: what it is given stays within the bound", () => {
    const lab = startedLab({ nodes: 5, addresses: 20 });
    for (const node of lab.nodes.slice(1)) lab.api.unreachable.add(node);
    lab.run(60_000);
    expect(countsOf(lab)[0]).toBeLessThanOrEqual(5);
    expect(longest(lab.witness().dark)).toBe(0);
  });

  test("for one: within 15 s it has handed over to nodes that see it, the newest first, none above the bound", () => {
    const lab = startedLab({ nodes: 3, addresses: 9 });
    const holder = ownerOf(lab);
    lab.api.unreachable.add(holder);
    lab.run(15_000);
    expect(owners(lab)).not.toContain(holder);
    expect(Math.max(...countsOf(lab))).toBeLessThanOrEqual(5);
    const seen = lab.witness();
    expect(longest(seen.dark)).toBe(0);
    expect(longest(seen.doubled)).toBeLessThanOrEqual(10);
  });

  test("for one, and an address is deleted meanwhile: it stops, told by the others", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const holder = ownerOf(lab);
    lab.api.unreachable.add(holder);
    lab.run(2_000);
    lab.removeAddress("10.0.0.1");
    lab.run(13_000);
    expect(lab.answering("10.0.0.1")).toEqual([]);
    lab.run(20_000);
    expect(lab.answering("10.0.0.1")).toEqual([]);
  });

  test("and heartbeats too for one of two: it stops before the other takes over at the end of its Lease", () => {
    const lab = startedLab({ nodes: 2, addresses: 3 });
    const holder = ownerOf(lab);
    lab.isolate([holder], heartbeats);
    lab.api.unreachable.add(holder);
    lab.run(20_000);
    expect(owners(lab)).not.toContain(holder);
    // The fence falls 2 s before the Lease ends, and the other asks once a second.
    expectGap(lab, 2_200);
    lab.wires.clear();
    lab.api.unreachable.clear();
    lab.run(20_000);
    owners(lab);
    expectGap(lab, 0);
  });

  test("for one that is alone: it goes on", () => {
    const lab = startedLab({ nodes: 1, addresses: 2 });
    lab.api.isUp = false;
    lab.run(60_000);
    expectGap(lab, 0);
  });

  test("for one that survived the others: it goes on", () => {
    const lab = startedLab({ nodes: 2, addresses: 2 });
    lab.host("node-b").kill();
    lab.run(20_000);
    lab.witness();
    lab.api.isUp = false;
    lab.run(60_000);
    expectGap(lab, 0);
  });
});

describe("all agents are started anew", () => {
  test("addresses stay where they were", () => {
    const lab = startedLab({ nodes: 3, addresses: 9 });
    const before = owners(lab);
    for (const node of lab.nodes) lab.host(node).kill();
    lab.run(2_000);
    for (const [at, node] of lab.nodes.entries()) {
      lab.run(at * 130);
      lab.host(node).start();
    }
    lab.run(9_000);
    expect(owners(lab)).toEqual(before);
  });
});

describe("somebody else has the address", () => {
  test("it is not announced, asked for again every 30 s, and announced when it is free", () => {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    let isUsed = true;
    const foreigner = (): void => {
      for (const host of lab.hosts.values()) {
        const isAsking = host.protocol
          ?.view()
          .addresses.some(({ state }) => state === "Probing" || state === "Conflict");
        if (!isUsed || !isAsking) continue;
        host.tell({
          kind: "frame",
          address: "10.0.0.9",
          interface: "eth0",
          mac: "02:ff:00:00:00:01",
          what: "reply",
        });
      }
      lab.queue.at(lab.queue.now + 20, foreigner);
    };
    foreigner();
    lab.setAddress("10.0.0.9");
    lab.run(65_000);
    expect(lab.answering("10.0.0.9")).toEqual([]);
    const views = [...lab.hosts.values()].flatMap(({ protocol }) => protocol?.view().addresses ?? []);
    const conflicts = views.filter(({ address }) => address === "10.0.0.9");
    expect(conflicts).toEqual([
      expect.objectContaining({ state: "Conflict", foreignMac: "02:ff:00:00:00:01" }),
    ]);
    isUsed = false;
    lab.run(32_000);
    ownerOf(lab, "10.0.0.9");
  });

  test("somebody who merely asks for it does not have it: that is neither told nor in the way of a take-over", () => {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    const holder = lab.host(ownerOf(lab));
    const ask = (address: string): void => {
      for (const host of lab.hosts.values())
        host.tell({ kind: "frame", address, interface: "eth0", mac: "02:ff:00:00:00:01", what: "probe" });
    };
    ask("10.0.0.1");
    lab.run(1_000);
    expect(holder.protocol?.view().addresses[0]?.foreignMac).toBeUndefined();
    holder.kill();
    for (let count = 0; count < 20; count += 1) {
      ask("10.0.0.1");
      lab.run(50);
    }
    ownerOf(lab);
    expectGap(lab, 800);
    // One that was never used may be taken by who asks; if not, it is announced soon.
    lab.setAddress("10.0.0.9");
    lab.run(500);
    ask("10.0.0.9");
    lab.run(600);
    expect(lab.answering("10.0.0.9")).toEqual([]);
    lab.run(3_500);
    ownerOf(lab, "10.0.0.9");
  });

  test("it is a node's own: that node never announces it, and says so", () => {
    const lab = startedLab({ nodes: 3, addresses: 2 });
    const holder = lab.host(ownerOf(lab));
    const link = { name: "eth0", mac: holder.mac, up: true, ipv6: true };
    const own = (addresses: string[]) => holder.tell({ kind: "links", links: [{ ...link, own: addresses }] });
    own(["10.0.0.1", "10.0.0.9", "192.0.2.1"]);
    const sinceOf = (address: string) =>
      holder.protocol?.view().addresses.find((each) => each.address === address)?.since ?? 0;
    const found = sinceOf("10.0.0.1");
    lab.run(10_000);
    lab.setAddress("10.0.0.9");
    lab.run(3_000);
    expect(sinceOf("10.0.0.9") - found).toBeGreaterThanOrEqual(10_000);
    expect(sinceOf("10.0.0.1")).toBe(found);
    expect(holder.answers("10.0.0.1")).toBe(false);
    for (const node of lab.nodes) if (node !== holder.node) lab.host(node).kill();
    lab.run(20_000);
    for (const address of ["10.0.0.1", "10.0.0.9"]) {
      expect(lab.answering(address)).toEqual([]);
      expect(holder.protocol?.view().addresses).toContainEqual(
        expect.objectContaining({ address, state: "Conflict", epoch: 0, reason: "AddressInUse" }),
      );
      const told = `Does not announce ${address}: it is node ${holder.node}'s own address`;
      expect(holder.log.filter(({ text }) => text.startsWith(told))).toHaveLength(1);
    }
    ownerOf(lab, "10.0.0.2");
    own([]);
    lab.run(5_000);
    expect(owners(lab)).toEqual([holder.node, holder.node, holder.node]);
  });

  test("it goes on being announced by who has it already, which says so", () => {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    const holder = lab.host(ownerOf(lab));
    holder.tell({
      kind: "frame",
      address: "10.0.0.1",
      interface: "eth0",
      mac: "02:ff:00:00:00:01",
      what: "announcement",
    });
    lab.run(1_000);
    expectGap(lab, 0);
    expect(holder.protocol?.view().addresses[0]).toMatchObject({
      state: "Announcing",
      foreignMac: "02:ff:00:00:00:01",
    });
  });

  test("it is told once a minute, however many machines say that they have it", () => {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    const holder = lab.host(ownerOf(lab));
    const told = () => holder.log.filter(({ text }) => text.includes("also uses")).length;
    for (let count = 0; count < 300; count += 1) {
      const mac = `02:ff:00:00:00:${(count % 256).toString(16).padStart(2, "0")}`;
      holder.tell({ kind: "frame", address: "10.0.0.1", interface: "eth0", mac, what: "announcement" });
      lab.run(100);
    }
    expect(told()).toBe(1);
    expect(holder.protocol?.view().addresses[0]?.foreignMac).toBe("02:ff:00:00:00:00");
    lab.run(61_000);
    expect(holder.protocol?.view().addresses[0]?.foreignMac).toBeUndefined();
  });
});

function countsOf(lab: Lab): number[] {
  const all = owners(lab);
  return lab.nodes.map((node) => all.filter((owner) => owner === node).length);
}
