import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Service } from "../../../../src/api/kubernetes.ts";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import { parseLoadBalancer } from "../../../../src/api/parse.ts";
import { type TranslationInput, translate } from "../../../../src/core/translate/translate.ts";
import { BARE_METAL_ANNOTATIONS } from "../../../../src/providers/bare-metal/annotations.ts";
import { annotated, classSpec, held, loadBalancer, service } from "../objects.ts";

const run = (given: Service, more: Partial<TranslationInput> = {}) =>
  translate({
    service: given,
    className: "metal",
    cls: classSpec(),
    annotations: [BARE_METAL_ANNOTATIONS],
    existing: [],
    ...more,
  });
const specOf = (given: Service, more: Partial<TranslationInput> = {}) => run(given, more)[0]?.spec;
/** As if it had been accepted and served. */
const served = (given: Service, more: Partial<TranslationInput> = {}): LoadBalancer[] =>
  run(given, more).map(({ name, spec }) => loadBalancer({ name, spec, status: held() }));

describe("a Service becomes", () => {
  test("one load balancer of the class's scheme, with its ports and families", () => {
    const given = service({ ipFamilies: ["IPv6", "IPv4"], ipFamilyPolicy: "PreferDualStack" });
    expect(run(given, { cls: { defaults: { scheme: "external" } } })).toEqual([
      {
        name: "web",
        labels: {},
        spec: {
          className: "metal",
          serviceRef: { name: "web", uid: "service-uid" },
          frontend: "default",
          scheme: "external",
          ports: [{ name: "http", protocol: "TCP", port: 80 }],
          ipFamilies: ["IPv6", "IPv4"],
          ipFamilyPolicy: "PreferDualStack",
          externalTrafficPolicy: "Cluster",
        },
      },
    ]);
  });

  const annotations: [string, Record<string, string>, object][] = [
    [
      "the addresses asked for, in canonical form",
      { "fairlead.io/addresses": " 192.0.2.7 " },
      { addresses: ["192.0.2.7"] },
    ],
    ["the pool", { "fairlead.io/address-pool": "edge" }, { pool: "edge" }],
    ["the sharing key", { "fairlead.io/allow-shared-ip": "k" }, { sharing: { key: "k", backend: "" } }],
    ["the scheme", { "fairlead.io/scheme": "external" }, { scheme: "external" }],
    [
      "MetalLB's annotations, under the new prefix",
      { "metallb.io/loadBalancerIPs": "192.0.2.7" },
      { addresses: ["192.0.2.7"] },
    ],
    [
      "MetalLB's annotations, under the old prefix",
      { "metallb.universe.tf/address-pool": "edge" },
      { pool: "edge" },
    ],
    [
      "our own annotation before MetalLB's",
      { "fairlead.io/address-pool": "a", "metallb.io/address-pool": "b" },
      { pool: "a" },
    ],
  ];
  test.each(annotations)("what it is told by annotations: %s", (_what, given, spec) => {
    expect(specOf(annotated(given))).toMatchObject(spec);
  });

  test("nothing by annotations of others, nor by what MetalLB notes down for itself", () => {
    const given = {
      "example.com/x": "1",
      "metallb.io/ip-allocated-from-pool": "edge",
      "kubectl.kubernetes.io/restartedAt": "y",
    };
    expect(specOf(annotated(given))).toEqual(specOf(service()));
  });

  test("two for two frontends, each with the annotations of its own", () => {
    const given = annotated({
      "fairlead.io/frontends": "internal,external",
      "fairlead.io/address-pool": "both",
      "fairlead.io/address-pool.external": "outside",
    });
    expect(run(given).map(({ name, spec }) => [name, spec.scheme, spec.pool])).toEqual([
      ["web-internal", "internal", "both"],
      ["web-external", "external", "outside"],
    ]);
  });
});

describe("a value that can't be read", () => {
  const rows: [string, Service, string, RegExp][] = [
    [
      "an address",
      annotated({ "fairlead.io/addresses": "1.2.3.04" }),
      "InvalidAnnotation",
      /addresses: cannot use "1.2.3.04" \(not an IPv4/,
    ],
    [
      "two addresses of one family",
      annotated({ "fairlead.io/addresses": "1.2.3.4,1.2.3.5" }),
      "InvalidAnnotation",
      /two are IPv4/,
    ],
    [
      "an address of a family it does not have",
      annotated({ "fairlead.io/addresses": "2001:db8::1" }),
      "InvalidAnnotation",
      /the Service is IPv4 only/,
    ],
    [
      "a field of a family it does not have",
      service({ loadBalancerIP: "2001:db8::1" }),
      "InvalidSpec",
      /^spec.loadBalancerIP: .*IPv4 only/,
    ],
    [
      "a scheme",
      annotated({ "fairlead.io/scheme": "public" }),
      "InvalidAnnotation",
      /wanted: internal or external/,
    ],
    [
      "frontends",
      annotated({ "fairlead.io/frontends": "internal,internal" }),
      "InvalidAnnotation",
      /wanted: internal, external, or/,
    ],
    [
      "one address for two frontends",
      annotated({ "fairlead.io/frontends": "internal,external", "fairlead.io/addresses": "1.2.3.4" }),
      "InvalidAnnotation",
      /addresses.internal/,
    ],
    [
      "annotation and field that differ",
      annotated({ "fairlead.io/addresses": "1.2.3.4" }, { loadBalancerIP: "1.2.3.5" }),
      "InvalidAnnotation",
      /remove one of them/,
    ],
  ];
  test.each(rows)("such as %s serves nothing at creation", (_what, given, reason, message) => {
    for (const { spec } of run(given)) {
      expect(spec.refusal).toMatchObject({
        reason,
        message: expect.stringMatching(message),
        previousInForce: false,
      });
    }
  });

  test.each(rows)("such as %s leaves all that is in force as it is, in an edit", (_what, given) => {
    const before = served(service());
    const edited = { ...given, spec: { ...given.spec, ports: [{ port: 443, protocol: "TCP" as const }] } };
    const after = run(edited, { existing: before });
    const inForce = after.map(({ spec: { refusal: _refusal, ...spec } }) => spec);
    // Frontends that are new have nothing in force. The Service's own ports are followed: every node serves them already.
    expect(inForce[0]).toEqual({ ...before[0]?.spec, ports: edited.spec.ports });
    expect(after[0]?.spec.refusal?.previousInForce).toBe(true);
    // Told again, it comes to the same; repaired, the refusal goes.
    const again = after.map(({ name, spec }) =>
      loadBalancer({ name, spec, status: name === "web" ? held() : undefined }),
    );
    expect(run(edited, { existing: again })).toEqual(after);
    expect(run(service(), { existing: again })[0]).toEqual(run(service())[0]);
  });

  test("of one that was refused, and never served, has nothing to fall back on", () => {
    const refused = loadBalancer({
      spec: { scheme: "external" },
      status: {
        conditions: [
          {
            type: "Accepted",
            status: "False",
            reason: "PublicNotAllowed",
            message: "",
            lastTransitionTime: "",
          },
        ],
      },
    });
    const given = annotated({ "fairlead.io/scheme": "external", "fairlead.io/addresses": "x" });
    expect(specOf(given, { existing: [refused] })?.refusal?.previousInForce).toBe(false);
  });

  test("comes with what is noticed now, not with what was noticed when the spec was accepted", () => {
    const before = served(annotated({ "fairlead.io/adresses": "1.2.3.4" }));
    expect(before[0]?.spec.warnings).toHaveLength(1);
    const after = specOf(annotated({ "fairlead.io/addresses": "x" }), { existing: before });
    expect(after?.warnings).toBeUndefined();
  });
});

describe("frontends", () => {
  const two = annotated({ "fairlead.io/frontends": "internal,external" });

  test("from one to two keep the object of the scheme that was there, and back", () => {
    const one = served(service());
    const both = run(two, { existing: one });
    expect(both.map(({ name, spec }) => [name, spec.frontend])).toEqual([
      ["web", "internal"],
      ["web-external", "external"],
    ]);
    const existing = both.map(({ name, spec }) => loadBalancer({ name, spec, status: held() }));
    expect(run(service(), { existing }).map(({ name }) => name)).toEqual(["web"]);
    const external = annotated({ "fairlead.io/scheme": "external" });
    expect(run(external, { existing }).map(({ name }) => name)).toEqual(["web-external"]);
  });

  test("that change from one scheme to the other keep the object", () => {
    const after = run(annotated({ "fairlead.io/scheme": "external" }), { existing: served(service()) });
    expect(after.map(({ name, spec }) => [name, spec.scheme])).toEqual([["web", "external"]]);
  });

  test("never get the same name twice, whatever was there before", () => {
    const frontend = fc.constantFrom("default", "internal", "external");
    const scheme = fc.constantFrom("internal", "external");
    const name = fc.constantFrom("web", "web-internal", "web-external", "web-service-");
    const lbs = fc.uniqueArray(fc.record({ name, frontend, scheme }), {
      selector: (lb) => lb.name,
      maxLength: 3,
    });
    fc.assert(
      fc.property(lbs, fc.boolean(), (rows, both) => {
        const existing = rows.map((row) =>
          loadBalancer({ name: row.name, spec: row as never, status: held() }),
        );
        const names = run(both ? two : service(), { existing }).map((each) => each.name);
        expect(new Set(names).size).toBe(names.length);
        expect(names).toHaveLength(both ? 2 : 1);
      }),
    );
  });
});

test("whatever annotations a Service has, the API server takes what it becomes, and the same again", () => {
  const keys = [
    "addresses",
    "address-pool",
    "allow-shared-ip",
    "scheme",
    "frontends",
    "addresses.internal",
    "adresses",
    "group",
    "adopt",
    "release",
  ];
  const key = fc.constantFrom(
    ...keys.map((each) => `fairlead.io/${each}`),
    "metallb.io/loadBalancerIPs",
    "metallb.io/x",
  );
  const value = fc.oneof(
    fc.constantFrom(
      "internal",
      "external",
      "internal,external",
      "192.0.2.1",
      "2001:db8::1",
      "192.0.2.1,2001:db8::1",
      "edge",
      "true",
    ),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constant("y".repeat(2000)),
  );
  const dual = {
    ipFamilies: ["IPv4", "IPv6"] as ("IPv4" | "IPv6")[],
    ipFamilyPolicy: "PreferDualStack" as const,
  };
  fc.assert(
    fc.property(
      fc.dictionary(key, value, { maxKeys: 8 }),
      fc.boolean(),
      fc.string(),
      (annotations, isDual, ip) => {
        const given = annotated(annotations, { ...(isDual ? dual : {}), loadBalancerIP: ip });
        const desired = run(given);
        for (const { name, spec } of desired) {
          const parsed = parseLoadBalancer(JSON.parse(JSON.stringify(loadBalancer({ name, spec }))));
          expect(parsed).toMatchObject({ ok: true });
        }
        expect(run(given)).toEqual(desired);
        // Once made, it stays as it is.
        const existing = desired.map(({ name, spec }) => loadBalancer({ name, spec }));
        expect(run(given, { existing })).toEqual(desired);
      },
    ),
  );
});
