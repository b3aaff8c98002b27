/** What holds for whatever is asked for, as plans see it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { desire } from "../../../../../src/providers/aws/desire/desire.ts";
import {
  built,
  clusterUid,
  desired,
  dualFacts,
  facts,
  member,
  node,
  planned,
  slice,
  stackWith,
  subnet,
  type Wanted,
} from "./world.ts";

const number = fc.integer({ min: 1, max: 6 });
const ports = fc
  .uniqueArray(fc.tuple(number, fc.constantFrom("TCP" as const, "UDP" as const)), {
    minLength: 1,
    maxLength: 4,
    selector: ([port, protocol]) => `${port} ${protocol}`,
  })
  .map((all) =>
    all.map(([port, protocol]) => ({ port, protocol, nodePort: 30000 + port, targetPort: 8000 + port })),
  );
const settings = fc.record(
  {
    targetType: fc.constantFrom("instance", "ip"),
    mergeTcpUdp: fc.boolean(),
    certificates: fc.constant(["arn:aws:acm:eu-west-1:123456789012:certificate/one"]),
    proxyProtocol: fc.boolean(),
    crossZone: fc.boolean(),
    disableSecurityGroups: fc.boolean(),
    icmpPathMtu: fc.boolean(),
    tags: fc.constant({ team: "shop" }),
    drainBeforeDeleteSeconds: fc.constantFrom(0, 60),
    targetGroupAttributes: fc.constant({ "stickiness.enabled": "true" }),
  },
  { requiredKeys: [] },
);
const wanted = fc.record({ ports, settings, local: fc.boolean(), ranges: fc.boolean() }).map(
  ({ ports: list, settings: given, local, ranges }): Omit<Wanted, "name"> => ({
    settings: given,
    spec: {
      group: "edge",
      ports: list,
      ...(local ? { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 } : {}),
      ...(ranges ? { sourceRanges: ["10.8.0.0/16", "10.7.0.0/16"] } : {}),
    },
  }),
);
const world = fc.array(wanted, { minLength: 1, maxLength: 3 });

describe("what is desired", () => {
  test("does not depend on the order of nodes, subnets, ports and slices", () => {
    const property = fc.property(world, (all) => {
      const where = facts();
      const members = all.map((each, index) => member({ ...each, name: `lb${index}` }));
      const nodes = [node("a"), node("b"), node("c")];
      const slices = [slice(), slice({ ports: [{ protocol: "TCP", port: 8001 }] })];
      const straight = desire(stackWith(members, { nodes, slices }), where, { clusterUid });
      const turned = members.map((each) => {
        const { lb } = each;
        const spec = { ...lb.spec, ports: lb.spec.ports.toReversed() };
        return { ...each, lb: { ...lb, spec: { ...spec, sourceRanges: spec.sourceRanges?.toReversed() } } };
      });
      const around = { nodes: nodes.toReversed(), slices: slices.toReversed() };
      const elsewhere = { ...where, subnets: where.subnets.toReversed() };
      const again = desire(stackWith(turned, around), elsewhere, { clusterUid });
      expect(again.resources).toEqual(straight.resources);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("leaves nothing to do once it is there", () => {
    let served = 0;
    const property = fc.property(world, (all) => {
      const members = all.map((each, index) => member({ ...each, name: `lb${index}` }));
      const { resources } = desire(stackWith(members), facts(), { clusterUid });
      if (resources.length > 0) served++;
      expect(planned(resources, built(resources))).toEqual({ id: "", operations: [], held: [], refused: [] });
    });
    fc.assert(property, { numRuns: 200 });
    expect(served).toBeGreaterThan(50);
  });

  test("gives members with a pending problem nothing, and the others something", () => {
    const property = fc.property(world, (all) => {
      const members = all.map((each, index) => member({ ...each, name: `lb${index}` }));
      const { resources, problems } = desire(stackWith(members), facts(), { clusterUid });
      const served = new Set(resources.flatMap((each) => each.members));
      const out = members.filter(({ key }) => problems.get(key)?.some(({ kind }) => kind === "pending"));
      expect(members.filter(({ lb }) => !served.has(lb.metadata.uid ?? ""))).toEqual(out);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** The operations that an edit leads to, as "do id: fields". */
function edit(before: Wanted, after: Wanted, where = [facts(), facts()] as const): string[] {
  const there = built(desired(before, where[0]).resources);
  const { operations, held } = planned(desired(after, where[1]).resources, there);
  const told = (operation: (typeof operations)[number]): string => {
    const fields =
      operation.do === "delete" ? "" : `: ${operation.changes.map(({ field }) => field).join(", ")}`;
    return `${operation.do} ${operation.id}${operation.do === "update" ? fields : ""}`;
  };
  return [
    ...operations.map(told),
    ...held.map(({ operation, waitsFor }) => `${waitsFor}: ${told(operation)}`),
  ].sort();
}

const replaced = [
  "Acknowledgement: create load-balancer",
  "Held: create listener/80",
  "Held: create target-group/80",
  "Held: create targets/80",
  "Acknowledgement: delete load-balancer",
  "Held: delete listener/80",
  "Held: delete target-group/80",
  "Held: delete targets/80",
];
const dual = { ipAddressType: "dualstack" };
const both = (zones: number) =>
  facts({ subnets: [subnet("a1", "a"), subnet("b2", "b"), subnet("c3", "c")].slice(0, zones) });

describe("an edit of a load balancer", () => {
  const rows: Record<
    string,
    [before: Wanted, after: Wanted, does: string[], where?: Parameters<typeof edit>[2]]
  > = {
    "of its attributes is made in place": [
      {},
      { settings: { crossZone: true } },
      ["update load-balancer: attributes"],
    ],
    "that takes an attribute back reverts it": [
      { settings: { listenerAttributes: { "TCP-80": { "tcp.idle_timeout.seconds": "400" } } } },
      {},
      ["update listener/80: attributes"],
    ],
    "that takes a tag back removes it": [
      { settings: { tags: { team: "shop" } } },
      {},
      ["listener/80", "load-balancer", "security-group/internal", "target-group/80"].map(
        (id) => `update ${id}: tags`,
      ),
    ],
    "that takes capacity back gives it up": [
      { settings: { capacityUnits: 500 } },
      {},
      ["update load-balancer: minimumCapacity"],
    ],
    "of the source ranges changes the security group only": [
      {},
      { spec: { sourceRanges: ["10.1.0.0/16"] } },
      ["update security-group/internal: ingress", "update security-group/internal: ingress"],
    ],
    "of the protocol makes another target group, and moves the listener": [
      {},
      { spec: { ports: [{ name: "http", port: 80, protocol: "UDP", nodePort: 30080, targetPort: 8080 }] } },
      [
        "create target-group/80",
        "create targets/80",
        "delete target-group/80",
        "delete targets/80",
        "update listener/80: forward, protocol",
        "update security-group/internal: ingress",
        "update security-group/internal: ingress",
      ],
    ],
    "from node to pod targets makes another target group": [
      {},
      { settings: { targetType: "ip" } },
      [
        "create target-group/80",
        "create targets/80",
        "delete target-group/80",
        "delete targets/80",
        "update listener/80: forward",
      ],
    ],
    "that adds a certificate is made in place": [
      {},
      { settings: { certificates: ["arn:aws:acm:eu-west-1:123456789012:certificate/one"] } },
      ["update listener/80: certificate, protocol, sslPolicy"],
    ],
    "back from the internet cuts nobody off before it is acknowledged": [
      { spec: { scheme: "external" } },
      { settings: { crossZone: true } },
      [...replaced, "create security-group/internal", "InUse: delete security-group/internet-facing"],
    ],
    "of the scheme waits for an acknowledgement, with all that hangs on it": [
      {},
      { spec: { scheme: "external" } },
      [...replaced, "create security-group/internet-facing", "InUse: delete security-group/internal"],
    ],
    "of Elastic IPs is seen, and waits": [
      { spec: { scheme: "external" }, settings: { eipAllocations: ["eipalloc-1", "eipalloc-2"] } },
      { spec: { scheme: "external" }, settings: { eipAllocations: ["eipalloc-3", "eipalloc-4"] } },
      replaced,
    ],
    "that takes Elastic IPs back is seen, and waits": [
      { spec: { scheme: "external" }, settings: { eipAllocations: ["eipalloc-1", "eipalloc-2"] } },
      { spec: { scheme: "external" } },
      replaced,
    ],
    "of private addresses is seen, and waits": [
      { settings: { privateIPv4Addresses: ["10.0.1.7", "10.0.2.7"] } },
      { settings: { privateIPv4Addresses: ["10.0.1.8", "10.0.2.7"] } },
      replaced,
    ],
    "that takes private addresses back keeps them": [
      { settings: { privateIPv4Addresses: ["10.0.1.7", "10.0.2.7"] } },
      {},
      [],
    ],
    "to dual stack with addresses of its own is made in place": [
      {},
      { settings: { ...dual, ipv6Addresses: ["2001:db8:0:1::7", "2001:db8:0:2::7"] } },
      ["update load-balancer: ipAddressType, zones", "update security-group/internal: ingress"],
      [dualFacts(), dualFacts()],
    ],
    "of named subnets within a zone waits": [
      { settings: { subnets: ["subnet-a1", "subnet-b2"] } },
      { settings: { subnets: ["subnet-a3", "subnet-b2"] } },
      replaced,
    ],
    "of named subnets by a zone is made in place": [
      { settings: { subnets: ["subnet-a1"] } },
      { settings: { subnets: ["subnet-a1", "subnet-b2"] } },
      ["update load-balancer: zones"],
    ],
    "to no security group at all waits": [
      {},
      { settings: { disableSecurityGroups: true } },
      [...replaced, "InUse: delete security-group/internal"],
    ],
  };
  test.each(Object.entries(rows))("%s", (_name, [before, after, does, where]) => {
    expect(edit(before, after, where)).toEqual(does.sort());
  });

  test("is not needed for a subnet in a new zone to be taken up", () => {
    expect(edit({}, {}, [both(2), both(3)])).toEqual(["update load-balancer: zones"]);
  });

  const nearlyFull = facts({ subnets: [subnet("a1", "a"), subnet("b2", "b", { freeAddresses: 3 })] });
  test("is not made because a subnet became nearly full, nor is such a one added", () => {
    expect(edit({}, {}, [both(2), nearlyFull])).toEqual([]);
    expect(edit({}, {}, [both(1), nearlyFull])).toEqual([]);
  });

  test("is not made because another subnet of the zone looks better now", () => {
    const better = { ...subnet("a0", "a"), cidr: "10.0.100.0/24" };
    expect(edit({}, {}, [both(2), facts({ subnets: [better, ...both(2).subnets] })])).toEqual([]);
  });

  test("that is acknowledged makes the new one whole before the old one goes", () => {
    const there = built(desired().resources);
    const { operations } = planned(desired({ spec: { scheme: "external" } }).resources, there, "Allow");
    const keys = operations.map(({ do: what, id }) => `${what} ${id}`);
    const made = ["load-balancer", "target-group/80", "targets/80", "listener/80"].map(
      (id) => `create ${id}`,
    );
    expect(keys.filter((key) => made.includes(key))).toEqual(made);
    const last = keys.indexOf("create listener/80");
    const gone = keys.filter((key) => key.startsWith("delete "));
    expect(gone.every((key) => keys.indexOf(key) > last)).toBe(true);
    expect(gone.indexOf("delete listener/80")).toBeLessThan(gone.indexOf("delete target-group/80"));
    expect(gone.indexOf("delete target-group/80")).toBeLessThan(gone.indexOf("delete load-balancer"));
    expect(gone.at(-1)).toBe("delete security-group/internal");
  });

  test("moves a listener to another target group only once its targets are registered", () => {
    const { operations } = planned(
      desired({ settings: { targetType: "ip" } }).resources,
      built(desired().resources),
    );
    const moved = operations.find(({ key }) => key === "update listener/80");
    expect(moved?.after).toContain("create targets/80");
  });

  test("of the targets registers the new ones before the old ones go", () => {
    const first = desired({}, facts(), { nodes: [node("a"), node("b")] });
    const second = desired({}, facts(), { nodes: [node("b"), node("c")] });
    const { operations } = planned(second.resources, built(first.resources));
    expect(operations.map(({ key }) => key)).toEqual(["update targets/80", "narrow targets/80"]);
    expect(operations.map((each) => each.do === "update" && each.fields.targets)).toEqual([
      ["a", "b", "c"].map((name) => ({ id: `i-0${name}`, port: 30080 })),
      ["b", "c"].map((name) => ({ id: `i-0${name}`, port: 30080 })),
    ]);
  });
});
