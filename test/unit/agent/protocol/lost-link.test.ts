/** Addresses that are announced on several interfaces, when one of these loses its carrier. */
import { expect, test } from "@jest/globals";
import { type Lab, longest, startedLab } from "./model/lab.ts";

/** Nodes hear each other on eth0, which stays up; eth1 leads to clients alone. */
function setLinks(lab: Lab, node: string, eth1: "up" | "down" | "none"): void {
  const host = lab.host(node);
  const other = { name: "eth1", mac: host.mac.replace(/^02/, "06"), up: eth1 === "up", ipv6: true };
  const links = [{ name: "eth0", mac: host.mac, up: true, ipv6: true }, ...(eth1 === "none" ? [] : [other])];
  host.tell({ kind: "links", links });
}

function withTwoLinks(o: { readonly addresses: number }): Lab {
  const lab = startedLab({ nodes: 3, ...o });
  for (const node of lab.nodes) setLinks(lab, node, "up");
  lab.run(10_000);
  lab.witness();
  return lab;
}

const ownersOf = (lab: Lab) => [...lab.api.addresses.keys()].map((address) => lab.answering(address).join());
const ownerOf = (lab: Lab) => ownersOf(lab)[0] ?? "";

test.each([1, 9])(
  "of %d addresses it hands over all that it has, and gets none while it lacks the link",
  (addresses) => {
    const lab = withTwoLinks({ addresses });
    const holder = ownerOf(lab);
    setLinks(lab, holder, "down");
    lab.run(1_000);
    const after = ownersOf(lab);
    expect(after).not.toContain(holder);
    expect(lab.host(holder).log.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^Interface eth1, on which it announces 10\.0\.0\..*, has lost its carrier$/),
    );
    lab.run(60_000);
    expect(ownersOf(lab)).not.toContain(holder);
    const seen = lab.witness();
    expect(longest(seen.dark)).toBe(0);
    expect(longest(seen.doubled)).toBeLessThanOrEqual(10);
  },
);

test("with its link back it takes its part again", () => {
  const lab = withTwoLinks({ addresses: 9 });
  const holder = ownerOf(lab);
  setLinks(lab, holder, "down");
  lab.run(5_000);
  setLinks(lab, holder, "up");
  lab.run(60_000);
  expect(ownersOf(lab)).toContain(holder);
  expect(longest(lab.witness().dark)).toBe(0);
});

test("where all nodes lose it nothing moves", () => {
  const lab = withTwoLinks({ addresses: 9 });
  const before = ownersOf(lab);
  for (const node of lab.nodes) setLinks(lab, node, "down");
  lab.run(30_000);
  expect(ownersOf(lab)).toEqual(before);
});

test("an interface on which the address is not announced does not count", () => {
  const lab = withTwoLinks({ addresses: 1 });
  const candidates = lab.nodes.map((node) => ({ node, interfaces: ["eth0"], preference: 0 }));
  lab.setAddress("10.0.0.1", { candidates });
  lab.run(2_000);
  const holder = ownerOf(lab);
  setLinks(lab, holder, "down");
  lab.run(5_000);
  expect(ownerOf(lab)).toBe(holder);
});

test("an interface that was never up, or has only just come, is none that a node lacks", () => {
  const lab = startedLab({ nodes: 3, addresses: 9 });
  const before = ownersOf(lab);
  const [first = "", second = "", third = ""] = lab.nodes;
  setLinks(lab, first, "down");
  setLinks(lab, second, "up");
  lab.run(300);
  setLinks(lab, second, "down");
  lab.run(30_000);
  setLinks(lab, third, "up");
  lab.run(5_000);
  expect(ownersOf(lab)).toEqual(before);
});

test("one that lacks a link gets nothing while another has all of them, preferred or not", () => {
  const lab = withTwoLinks({ addresses: 1 });
  const holder = ownerOf(lab);
  const [preferred = "", other = ""] = lab.nodes.filter((node) => node !== holder);
  setLinks(lab, preferred, "down");
  lab.run(500);
  const from = lab.queue.now;
  lab.setAddress("10.0.0.1", {
    candidates: lab.nodes.map((node) => ({
      node,
      interfaces: undefined,
      preference: node === preferred ? 10 : 0,
    })),
  });
  lab.run(30_000);
  expect(ownerOf(lab)).toBe(holder);
  lab.host(holder).kill();
  lab.run(5_000);
  expect(ownerOf(lab)).toBe(other);
  const said = lab.host(preferred).log.filter(({ at, text }) => at > from && text.startsWith("Announces"));
  expect(said).toEqual([]);
});
