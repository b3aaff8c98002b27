import { describe, expect, test } from "@jest/globals";
import type { SubnetFacts } from "../../../../../src/providers/aws/model/facts.ts";
import { desired, dualFacts, facts, fields, subnet, told, type Wanted } from "./world.ts";

const internal = { "kubernetes.io/role/internal-elb": "1" };
const external = { "kubernetes.io/role/elb": "" };
const mine = { "kubernetes.io/cluster/mine": "shared" };
const theirs = { "kubernetes.io/cluster/theirs": "owned" };
const cls = { clusterName: "mine" };
const full = { freeAddresses: 7 };

interface Row {
  readonly subnets: readonly SubnetFacts[];
  readonly wanted?: Wanted;
  /** Ids, with "?" behind those that are kept where they are and never added. */
  readonly chosen: readonly string[];
}

const rows: Record<string, Row> = {
  "takes those tagged for internal load balancers, public or not": {
    subnets: [subnet("1", "a", { tags: internal, public: true }), subnet("2", "b")],
    chosen: ["subnet-1"],
  },
  "takes those tagged for external load balancers, by an empty value too": {
    subnets: [subnet("1", "a", { tags: external }), subnet("2", "b", { tags: internal })],
    wanted: { spec: { scheme: "external" } },
    chosen: ["subnet-1"],
  },
  "does not take a tag with another value": {
    subnets: [
      subnet("1", "a", { tags: { "kubernetes.io/role/internal-elb": "0" } }),
      subnet("2", "b", { tags: internal }),
    ],
    chosen: ["subnet-2"],
  },
  "without tags goes by the route to the internet": {
    subnets: [subnet("1", "a"), subnet("2", "b", { public: true })],
    wanted: { spec: { scheme: "external" } },
    chosen: ["subnet-2"],
  },
  "leaves out what is tagged for other clusters only": {
    subnets: [
      subnet("1", "a", { tags: theirs }),
      subnet("2", "a", { tags: { ...theirs, ...mine } }),
      subnet("3", "b"),
    ],
    wanted: { cls },
    chosen: ["subnet-2", "subnet-3"],
  },
  "does not look at cluster tags where the class names no cluster": {
    subnets: [subnet("1", "a", { tags: theirs })],
    chosen: ["subnet-1"],
  },
  "takes one of a zone: that of the cluster, else the lowest id": {
    subnets: [subnet("1", "a"), subnet("2", "a", { tags: mine }), subnet("4", "b"), subnet("3", "b")],
    wanted: { cls },
    chosen: ["subnet-2", "subnet-3"],
  },
  "takes another of the zone where one is nearly full": {
    subnets: [subnet("1", "a", full), subnet("2", "a")],
    chosen: ["subnet-2"],
  },
  "keeps a zone that is nearly full where it is": {
    subnets: [subnet("1", "a", full), subnet("2", "b")],
    chosen: ["subnet-1?", "subnet-2"],
  },
  "keeps all zones of a load balancer that exists though they are nearly full": {
    subnets: [subnet("1", "a", full)],
    wanted: { status: { addresses: [{ hostname: "x.elb.amazonaws.com" }] } },
    chosen: ["subnet-1?"],
  },
  "leaves local zones out where there are others": {
    subnets: [subnet("1", "a"), subnet("2", "b", { zone: "eu-west-1-lhr-1a" })],
    chosen: ["subnet-1"],
  },
  "takes named ones by id and name, whatever their tags and room": {
    subnets: [
      subnet("1", "a", { ...full, tags: theirs }),
      subnet("2", "b", { name: "back" }),
      subnet("3", "c"),
    ],
    wanted: { settings: { subnets: ["back", "subnet-1"] }, cls },
    chosen: ["subnet-1", "subnet-2"],
  },
  "takes those that the class names for the scheme": {
    subnets: [subnet("1", "a"), subnet("2", "b")],
    wanted: { cls: { subnets: { internal: ["subnet-2"], external: ["subnet-1"] } } },
    chosen: ["subnet-2"],
  },
};

describe("the subnets of a load balancer", () => {
  test.each(Object.entries(rows))("%s", (_name, { subnets, wanted, chosen }) => {
    for (const list of [subnets, subnets.toReversed()]) {
      const zones = fields(desired(wanted, facts({ subnets: list })), "load-balancer").zones as readonly {
        readonly subnet: string;
        readonly only?: string;
      }[];
      expect(zones.map((zone) => `${zone.subnet}${zone.only === "if-there" ? "?" : ""}`).sort()).toEqual(
        chosen,
      );
    }
  });

  const wrong: Record<string, [subnets: readonly SubnetFacts[], wanted: Wanted, says: string]> = {
    "all filtered away, with counts": [
      [
        subnet("1", "a", { public: true }),
        subnet("2", "a", { tags: theirs }),
        subnet("3", "b", { tags: theirs }),
        subnet("4", "c", full),
      ],
      { cls },
      "none of the 4 subnets of the VPC vpc-1 can have an internal load balancer: 1 with a route to an internet gateway, or unknown routes, 2 tagged for other clusters only, 1 with fewer than 8 free addresses, or beside such; tag subnets with kubernetes.io/role/internal-elb=1",
    ],
    "no IPv6 for dual stack": [
      [subnet("1", "a")],
      { settings: { ipAddressType: "dualstack" } },
      "1 without an IPv6 range",
    ],
    "only local and wavelength zones": [
      [subnet("1", "a", { zone: "eu-west-1-lhr-1a" }), subnet("2", "b", { zone: "eu-west-1-wl1-lhr-wlz-1" })],
      {},
      "the subnets found are in local zones and wavelength zones",
    ],
    "a name that there is none of": [
      [subnet("1", "a")],
      { settings: { subnets: ["back"] } },
      'MissingReference: subnets: there is no subnet with the tag Name="back" in the VPC vpc-1',
    ],
    "two named in one zone": [
      [subnet("1", "a"), subnet("2", "a")],
      { settings: { subnets: ["subnet-1", "subnet-2"] } },
      "subnet-1 and subnet-2 are both in the zone eu-west-1a",
    ],
    "named ones of two sorts": [
      [subnet("1", "a"), subnet("2", "b", { outpost: "arn:o" })],
      { settings: { subnets: ["subnet-1", "subnet-2"] } },
      "can't stand in availability zones and outposts at once",
    ],
    "a named one without IPv6": [
      [subnet("1", "a")],
      { settings: { subnets: ["subnet-1"], ipAddressType: "dualstack" } },
      "NoSubnets: subnets: subnet-1 has no IPv6 range",
    ],
  };
  test.each(Object.entries(wrong))("are told where there are none: %s", (_name, [subnets, wanted, says]) => {
    expect(told(desired(wanted, facts({ subnets })))).toEqual([expect.stringContaining(says)]);
  });

  test("of equal names are taken each once", () => {
    const subnets = [subnet("2", "b", { name: "lb" }), subnet("1", "a", { name: "lb" })];
    const twice = desired({ settings: { subnets: ["lb", "subnet-2"] } }, facts({ subnets }));
    expect(fields(twice, "load-balancer").zones).toEqual([
      { zone: "eu-west-1a", subnet: "subnet-1" },
      { zone: "eu-west-1b", subnet: "subnet-2" },
    ]);
  });

  test("have IPv6 where the Service needs it", () => {
    const of = desired({ spec: { ipFamilies: ["IPv6"] } }, dualFacts());
    expect(fields(of, "load-balancer").ipAddressType).toBe("dualstack");
    expect(fields(of, "target-group/80").ipAddressType).toBe("ipv6");
  });
});
