/** What BGP is told of addresses, and which Services are looked at more closely for it. */
import { describe, expect, test } from "@jest/globals";
import { givenAddresses } from "../../../../src/agent/desire/given-addresses.ts";
import { givenOut } from "../../../../src/agent/desire/given-out.ts";
import { needs } from "../../../../src/agent/desire/needs.ts";
import { bgp, cluster, l2, lb, pool, slice } from "./objects.ts";

describe("where an address finds an endpoint", () => {
  const going = { ready: false, serving: true, terminating: true };
  const usable = (endpoints: Parameters<typeof slice>[0], ip = "192.0.2.1") => {
    const objects = cluster({ loadBalancers: [lb("web", ip)], slices: { "shop/web": [slice(endpoints)] } });
    const given = givenAddresses(objects.loadBalancers, objects.classes);
    return givenOut(given, objects, "a")[0]?.sharers[0]?.usable;
  };

  test("here, where one is ready on this node", () => expect(usable([["b"], ["a"]])).toBe("here"));
  test("elsewhere, where one is ready on another", () =>
    expect(usable([["b"], ["a", { ready: false }]])).toBe("elsewhere"));
  test("nowhere, where none takes traffic", () => expect(usable([["a", { ready: false }]])).toBe("nowhere"));
  test("one that is going gives way to a ready one", () =>
    expect(usable([["a", going], ["b"]])).toBe("elsewhere"));
  test("one that is going counts where none is ready", () =>
    expect(
      usable([
        ["a", going],
        ["b", { ready: false }],
      ]),
    ).toBe("here"));
  test("endpoints of the other family do not count", () =>
    expect(usable([["a"]], "2001:db8::1")).toBe("nowhere"));
});

describe("what is looked at", () => {
  const needed = (o: Parameters<typeof cluster>[0]) => {
    const objects = cluster(o);
    const { endpoints, serviceLabels } = needs(
      givenAddresses(objects.loadBalancers, objects.classes),
      objects,
    );
    return { endpoints: [...endpoints], serviceLabels };
  };

  test("nothing, for Services with policy Cluster on layer 2", () => {
    expect(needed({ l2Advertisements: [l2("all")] })).toEqual({ endpoints: [], serviceLabels: false });
  });

  test("endpoints of Services with policy Local", () => {
    const loadBalancers = [lb("web", "192.0.2.1", { policy: "Local" }), lb("dns", "192.0.2.2")];
    expect(needed({ loadBalancers }).endpoints).toEqual(["shop/web"]);
  });

  test("endpoints of Services with a route, and of no others", () => {
    const loadBalancers = [lb("web", "192.0.2.1"), lb("dns", "198.51.100.1", { pool: "other" })];
    const bgpAdvertisements = [bgp("routes", { ipAddressPoolSelectors: [{ matchLabels: { zone: "dmz" } }] })];
    const pools = [pool("edge", { labels: { zone: "dmz" } }), pool("other")];
    expect(needed({ loadBalancers, pools, bgpAdvertisements }).endpoints).toEqual(["shop/web"]);
  });

  test("labels, where an advertisement selects by them", () => {
    const serviceSelectors = [{ matchLabels: { tier: "gold" } }];
    expect(needed({ l2Advertisements: [l2("gold", { serviceSelectors })] }).serviceLabels).toBe(true);
    expect(needed({ bgpAdvertisements: [bgp("gold", { serviceSelectors })] }).serviceLabels).toBe(true);
  });
});
