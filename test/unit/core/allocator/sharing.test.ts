import { describe, expect, test } from "@jest/globals";
import { type Allocator, createAllocator } from "../../../../src/core/allocator/allocator.ts";
import { ip, messageOf, pool, request, said, type Wish } from "./builders.ts";

function allocatorWith(ranges: string[], ...wishes: [string, Wish][]): Allocator {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ranges)]);
  for (const [id, wish] of wishes) allocator.allocate(request(id, wish));
  return allocator;
}

const http = { ports: ["TCP/80"], sharing: {} };
const https = { ports: ["TCP/443"], sharing: {} };
const room = ["10.1.0.0/24"];

describe("x shares 10.1.0.0 at TCP/80; y comes to an address of its own or of both", () => {
  test.each<[string, Wish, string]>([
    ["with the same key and another port it joins", https, "10.1.0.0"],
    ["the same number of another protocol is another port", { ports: ["UDP/80"], sharing: {} }, "10.1.0.0"],
    ["with the same port it gets its own", http, "10.1.0.1"],
    [
      "with one of two ports taken it gets its own",
      { ports: ["TCP/443", "TCP/80"], sharing: {} },
      "10.1.0.1",
    ],
    ["with another key it gets its own", { ...https, sharing: { key: "other" } }, "10.1.0.1"],
    ["without a key it gets its own", { ports: ["TCP/443"] }, "10.1.0.1"],
    ["in another scope it gets its own", { ...https, sharing: { scope: "elsewhere" } }, "10.1.0.1"],
    ["with other pods behind it it gets its own", { ...https, sharing: { backend: "app=db" } }, "10.1.0.1"],
    ["asking for the address it joins", { ...https, addresses: ["10.1.0.0"] }, "10.1.0.0"],
    ["asking for it at the same port it waits", { ...http, addresses: ["10.1.0.0"] }, "PortConflict"],
    ["asking for it without a key it waits", { ports: ["TCP/443"], addresses: ["10.1.0.0"] }, "AddressInUse"],
    [
      "asking for it with another key it waits",
      { ...https, sharing: { key: "other" }, addresses: ["10.1.0.0"] },
      "SharingConflict",
    ],
  ])("%s", (_, wish, expected) => {
    const allocator = allocatorWith(room, ["x", http]);
    expect(said(allocator.allocate(request("y", wish)))).toBe(expected);
  });
});

test("no texts of key, scope and backend can be put together to look like another's", () => {
  const allocator = allocatorWith(room, [
    "x",
    { ...http, sharing: { scope: "s", key: 'a","b', backend: "" } },
  ]);
  const wish = { ...https, sharing: { scope: 's","a', key: "b", backend: "" } };
  expect(said(allocator.allocate(request("y", wish)))).toBe("10.1.0.1");
});

describe("who is refused is told why", () => {
  test.each<[string, Wish, string]>([
    ["the port and its owner", { ...http }, "Port TCP/80 of 10.1.0.0 belongs to default/x"],
    [
      "the key",
      { ...https, sharing: { key: "o" } },
      "10.1.0.0 is shared by default/x under another sharing key",
    ],
    [
      "the namespace",
      { ...https, sharing: { scope: "o" } },
      "in a namespace that does not share with this one",
    ],
    ["the pods", { ...https, sharing: { backend: "o" } }, "with other pods behind it (policy Local)"],
  ])("%s", (_, wish, message) => {
    const allocator = allocatorWith(room, ["x", http]);
    const allocation = allocator.allocate(request("y", { ...wish, addresses: ["10.1.0.0"] }));
    expect(messageOf(allocation)).toContain(message);
  });
});

test("a shared address comes before a fresh one, in whatever allowed pool it is, and the lowest first", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/24"]), pool("b", ["10.2.0.0/24"])]);
  allocator.allocate(request("x", { ...http, addresses: ["10.2.0.9"] }));
  allocator.allocate(request("y", { ...http, addresses: ["10.2.0.7"] }));
  expect(said(allocator.allocate(request("z", https)))).toBe("10.2.0.7");
  expect(said(allocator.allocate(request("w", { ...https, limits: { pools: ["a"] } })))).toBe("10.1.0.0");
});

describe("x (TCP/80) and y (TCP/443) share 10.1.0.0, and x changes", () => {
  test.each<[string, Wish, string, string]>([
    ["to a port nobody has: it stays", { ports: ["TCP/81"], sharing: {} }, "10.1.0.0", "10.1.0.0"],
    ["to y's port: it alone loses the address", https, "10.1.0.1", "10.1.0.0"],
    [
      "by adding y's port: it alone loses it",
      { ports: ["TCP/80", "TCP/443"], sharing: {} },
      "10.1.0.1",
      "10.1.0.0",
    ],
    ["its key: both stay", { ...http, sharing: { key: "o" } }, "10.1.0.0 SharingConflict", "10.1.0.0"],
    ["its pods: both stay", { ...http, sharing: { backend: "o" } }, "10.1.0.0 SharingConflict", "10.1.0.0"],
    ["by dropping its key: both stay", { ports: ["TCP/80"] }, "10.1.0.0 SharingConflict", "10.1.0.0"],
    ["key and port at once: the port decides", { ...https, sharing: { key: "o" } }, "10.1.0.1", "10.1.0.0"],
    [
      "key and address: it moves",
      { ...http, sharing: { key: "o" }, addresses: ["10.1.0.9"] },
      "10.1.0.9",
      "10.1.0.0",
    ],
    [
      "to y's port, asking for just this address: it waits",
      { ...https, addresses: ["10.1.0.0"] },
      "PortConflict",
      "10.1.0.0",
    ],
  ])("%s", (_, wish, ofX, ofY) => {
    const allocator = allocatorWith(room, ["x", http], ["y", https]);
    expect(said(allocator.allocate(request("x", wish)))).toBe(ofX);
    expect(said(allocator.allocate(request("y", https)))).toBe(ofY);
    expect(said(allocator.allocate(request("x", wish)))).toBe(ofX);
  });

  test("what it lost to its own ports is told", () => {
    const allocator = allocatorWith(room, ["x", http], ["y", https]);
    const { released } = allocator.allocate(request("x", https));
    expect(released).toEqual([{ address: ip("10.1.0.0"), because: "PortConflict" }]);
  });

  test("of two addresses it loses only the one where its ports collide", () => {
    const dual = { families: ["IPv4", "IPv6"], familyPolicy: "RequireDualStack" } as const;
    const allocator = allocatorWith([...room, "2001:db8::/64"], ["x", { ...http, ...dual }], ["y", https]);
    expect(said(allocator.allocate(request("x", { ...https, ...dual })))).toBe("10.1.0.1 2001:db8::");
  });
});

describe("a change of key among those who share", () => {
  const other = { sharing: { key: "other" } };

  test("a sole holder changes what it likes", () => {
    const allocator = allocatorWith(room, ["x", http]);
    expect(said(allocator.allocate(request("x", { ...http, ...other })))).toBe("10.1.0.0");
    expect(said(allocator.allocate(request("y", { ...https, ...other })))).toBe("10.1.0.0");
  });

  test("the old key stays in force, and is what is to be recorded", () => {
    const allocator = allocatorWith(room, ["x", http], ["y", https]);
    allocator.allocate(request("x", { ...http, ...other }));
    expect(allocator.get("x")?.sharing?.key).toBe("k");
    expect(said(allocator.allocate(request("z", { ports: ["TCP/1"], sharing: {} })))).toBe("10.1.0.0");
    expect(said(allocator.allocate(request("w", { ports: ["TCP/2"], ...other })))).toBe("10.1.0.1");
  });

  test("it is in force once all have made it, and those who waited for it are named", () => {
    const allocator = allocatorWith(
      room,
      ["x", http],
      ["y", https],
      ["z", { ports: ["TCP/1"], sharing: {} }],
    );
    allocator.allocate(request("x", { ...http, ...other }));
    allocator.allocate(request("y", { ...https, ...other }));
    expect(allocator.serveWaiting()).toEqual([]);
    expect(said(allocator.allocate(request("z", { ports: ["TCP/1"], ...other })))).toBe("10.1.0.0");
    expect(allocator.serveWaiting()).toEqual(["x", "y"]);
    expect(["x", "y", "z"].map((id) => allocator.get(id)?.sharing?.key)).toEqual(["other", "other", "other"]);
  });

  test("it is in force once the neighbours have gone", () => {
    const allocator = allocatorWith(room, ["x", http], ["y", https]);
    allocator.allocate(request("x", { ...http, ...other }));
    allocator.release("y");
    expect(allocator.serveWaiting()).toEqual(["x"]);
    expect(allocator.get("x")?.sharing?.key).toBe("other");
  });

  test("until then nobody is joined elsewhere under the new key", () => {
    const dual = { families: ["IPv4", "IPv6"], familyPolicy: "PreferDualStack" } as const;
    const allocator = allocatorWith(
      [...room, "2001:db8::/64"],
      ["x", http],
      ["y", https],
      ["z", { families: ["IPv6"], ports: ["TCP/1"], ...other }],
    );
    const answer = allocator.allocate(request("x", { ...http, ...other, ...dual }));
    expect(said(answer)).toBe("10.1.0.0 2001:db8::1 SharingConflict");
  });

  test("it waits for the neighbours of neighbours, on whatever address", () => {
    const dual = { families: ["IPv4", "IPv6"], familyPolicy: "RequireDualStack" } as const;
    const six: Wish = { families: ["IPv6"], ports: ["TCP/1"] };
    const allocator = allocatorWith(
      [...room, "2001:db8::/64"],
      ["x", http],
      ["y", { ...https, ...dual }],
      ["z", { ...six, sharing: {} }],
    );
    const keys = () => ["x", "y", "z"].map((id) => allocator.get(id)?.sharing?.key);
    allocator.allocate(request("y", { ...https, ...dual, ...other }));
    expect(said(allocator.allocate(request("x", { ...http, ...other })))).toBe("10.1.0.0 SharingConflict");
    expect(keys()).toEqual(["k", "k", "k"]);
    expect(said(allocator.allocate(request("z", { ...six, ...other })))).toBe("2001:db8::");
    expect(keys()).toEqual(["other", "other", "other"]);
  });
});
