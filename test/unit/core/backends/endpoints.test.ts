import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Endpoint, EndpointSlice } from "../../../../src/api/kubernetes.ts";
import { endpointsOfPort } from "../../../../src/core/backends/endpoints.ts";
import { stripEndpointSlice } from "../../../../src/core/backends/strip.ts";

const slice = (endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  metadata: { name: "web-1", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
  addressType: "IPv4",
  endpoints,
  ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  ...more,
});
const at = (address: string, conditions?: Endpoint["conditions"]): Endpoint => ({
  addresses: [address],
  conditions,
});
const http = { portName: "http", protocol: "TCP", family: "IPv4" } as const;
const states = (...slices: EndpointSlice[]) =>
  endpointsOfPort(slices, http).map(({ address, state }) => `${address} ${state}`);

describe("the endpoints of a port", () => {
  test("come with where they are", () => {
    const endpoint = {
      ...at("10.0.0.1"),
      nodeName: "a",
      zone: "eu-1",
      targetRef: { kind: "Pod", name: "web-x" },
    };
    expect(endpointsOfPort([slice([endpoint])], http)).toEqual([
      { address: "10.0.0.1", port: 8080, state: "ready", nodeName: "a", zone: "eu-1", pod: "web-x" },
    ]);
  });

  test.each<[string, Endpoint["conditions"], string[]]>([
    ["ready where nothing is said", undefined, ["10.0.0.1 ready"]],
    ["ready where only serving is said", { serving: true }, ["10.0.0.1 ready"]],
    ["not ready", { ready: false }, ["10.0.0.1 not-ready"]],
    [
      "going, and still answer",
      { ready: false, serving: true, terminating: true },
      ["10.0.0.1 serving-terminating"],
    ],
    [
      "going, and still ready where the Service publishes all",
      { ready: true, terminating: true },
      ["10.0.0.1 ready"],
    ],
    [
      "no more where they are going and answer no more",
      { ready: false, serving: false, terminating: true },
      [],
    ],
    ["no more where they are going and nothing else is said", { ready: false, terminating: true }, []],
  ])("are %s", (_what, conditions, expected) => {
    expect(states(slice([at("10.0.0.1", conditions)]))).toEqual(expected);
  });

  test("are those of its name, protocol and family, each with the number that its slice has", () => {
    const slices = [
      slice([at("10.0.0.1")], {
        ports: [
          { name: "http", port: 8080 },
          { name: "admin", port: 1 },
        ],
      }),
      slice([at("10.0.0.2")], {
        ports: [
          { name: "http", protocol: "TCP", port: 9090 },
          { name: "http", protocol: "UDP", port: 2 },
        ],
      }),
      slice([at("2001:db8::1")], { addressType: "IPv6" }),
      slice([at("10.0.0.3")], { ports: [{ name: "http", protocol: "TCP" }] }),
    ];
    expect(endpointsOfPort(slices, http).map(({ address, port }) => `${address}:${port}`)).toEqual([
      "10.0.0.1:8080",
      "10.0.0.2:9090",
    ]);
    expect(endpointsOfPort(slices, { ...http, family: "IPv6" })).toHaveLength(1);
  });

  test.each([undefined, ""])("without a name are those of slices without one: %j", (portName) => {
    for (const name of [undefined, ""])
      expect(
        endpointsOfPort([slice([at("10.0.0.1")], { ports: [{ name, port: 80 }] })], { ...http, portName }),
      ).toHaveLength(1);
  });

  test("in two slices count once, in the better state, IPv6 by one spelling", () => {
    expect(states(slice([at("10.0.0.1", { ready: false })]), slice([at("10.0.0.1")]))).toEqual([
      "10.0.0.1 ready",
    ]);
    const six = { addressType: "IPv6" as const };
    const slices = [slice([at("2001:db8:0::1")], six), slice([at("2001:DB8::1")], six)];
    expect(endpointsOfPort(slices, { ...http, family: "IPv6" }).map(({ address }) => address)).toEqual([
      "2001:db8::1",
    ]);
  });

  test("are the same whatever the order of slices and endpoints, and from what the cache keeps of them", () => {
    const endpoint = fc.record({
      addresses: fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3").map((text) => [text]),
      conditions: fc.record(
        { ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() },
        { requiredKeys: [] },
      ),
      nodeName: fc.constantFrom("a", "b"),
      targetRef: fc.record({ kind: fc.constantFrom("Pod", "Node"), name: fc.constantFrom("p", "q") }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(endpoint, { maxLength: 4 }), { maxLength: 4 }), (all) => {
        const slices = all.map((endpoints) => slice(endpoints));
        const told = endpointsOfPort(slices, http);
        const turned = all.map((endpoints) => slice(endpoints.toReversed())).toReversed();
        expect(endpointsOfPort(turned, http)).toEqual(told);
        expect(endpointsOfPort(slices.map(stripEndpointSlice), http)).toEqual(told);
      }),
    );
  });
});

test("of a slice the cache keeps whose it is, and nothing that nobody reads", () => {
  const given = {
    ...slice([
      { ...at("10.0.0.1", { ready: true }), targetRef: { kind: "Pod", namespace: "shop", name: "web-x" } },
    ]),
    metadata: {
      name: "web-1",
      namespace: "shop",
      labels: { "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "x" },
      annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z" },
      ownerReferences: [],
    },
  } as unknown as EndpointSlice;
  expect(JSON.parse(JSON.stringify(stripEndpointSlice(given)))).toEqual({
    metadata: { name: "web-1", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.0.0.1"], conditions: { ready: true }, targetRef: { kind: "Pod", name: "web-x" } },
    ],
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  });
});
