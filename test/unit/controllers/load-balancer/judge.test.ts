import { describe, expect, test } from "@jest/globals";
import type { LoadBalancerSpec } from "../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass, LoadBalancerClassSpec } from "../../../../src/api/load-balancer-class.ts";
import type { KnownClass } from "../../../../src/controllers/classes.ts";
import { judge } from "../../../../src/controllers/load-balancer/judge.ts";
import { createBareMetal } from "../../../../src/providers/bare-metal/index.ts";
import { classSpec, held, type LoadBalancerInput, loadBalancer } from "../../core/objects.ts";

const provider = createBareMetal();
const facts = { namespaceLabels: {}, room: () => ({ free: true as const }) };

function known(policy: Partial<LoadBalancerClassSpec["policy"]> = {}): KnownClass {
  const spec = classSpec(policy);
  const object = { metadata: { name: "metal" }, spec } as LoadBalancerClass;
  return { name: "metal", object, provider, force: { state: "accepted", spec, refusal: undefined } };
}
const closed = { external: { from: "None" as const } };
const external: Partial<LoadBalancerSpec> = { scheme: "external" };
const refusal = (previousInForce: boolean) => ({
  refusal: { reason: "InvalidAnnotation", message: "bad", previousInForce },
});

const told = (input: LoadBalancerInput, cls: KnownClass | undefined) => {
  const judgement = judge(loadBalancer(input), cls, facts);
  const reason = "refusal" in judgement ? (judgement.refusal?.reason ?? "") : "";
  const previous = judgement.serve === "yes" && judgement.previousInForce ? "as before" : "";
  return [judgement.serve, reason, previous].filter((part) => part !== "").join(" ");
};

const gone = "2026-01-02T00:00:00Z";
/** Deleted, and held by what it serves. */
function deleted(policy: Partial<LoadBalancerClassSpec["policy"]> = {}): KnownClass {
  const cls = known(policy);
  const metadata = { ...cls.object.metadata, deletionTimestamp: gone };
  return { ...cls, object: { ...cls.object, metadata } };
}

describe("a LoadBalancer of a Service", () => {
  const refused: KnownClass = {
    ...known(),
    force: { state: "refused", refusal: { reason: "InvalidSettings", message: "" } },
  };
  const rows: [string, LoadBalancerInput, KnownClass | undefined, string][] = [
    ["is served", {}, known(), "yes"],
    ["without class is not", {}, undefined, "no ClassNotFound"],
    ["without class keeps what it has", { status: held() }, undefined, "keep ClassNotFound"],
    ["of a refused class is not", {}, refused, "no ClassNotAccepted"],
    ["of a refused class keeps what it has", { status: held() }, refused, "keep ClassNotAccepted"],
    ["against the policy is not", { spec: external }, known(closed), "no PublicNotAllowed"],
    [
      "against a policy that came later is, and flagged",
      { spec: external, status: held() },
      known(closed),
      "yes PublicNotAllowed",
    ],
    ["never translated is not", { spec: refusal(false) }, known(), "no InvalidAnnotation"],
    [
      "badly edited is, as before",
      { spec: refusal(true), status: held() },
      known(),
      "yes InvalidAnnotation as before",
    ],
    [
      "badly edited while it waits, goes on waiting",
      { spec: refusal(true) },
      known(),
      "yes InvalidAnnotation as before",
    ],
    [
      "badly edited is no way round the policy",
      { spec: { ...external, ...refusal(true) } },
      known(closed),
      "no PublicNotAllowed",
    ],
    [
      "badly edited keeps what a policy that came later forbids",
      { spec: { ...external, ...refusal(true) }, status: held() },
      known(closed),
      "yes InvalidAnnotation as before",
    ],
    [
      "made anew under a class that was deleted meanwhile is served on",
      { creationTimestamp: "2026-01-02T00:00:01Z" },
      deleted(),
      "yes",
    ],
  ];
  test.each(rows)("%s", (_sentence, input, cls, expected) => {
    expect(told(input, cls)).toBe(expected);
  });
});

describe("a LoadBalancer that was written by hand", () => {
  const allowed = { handWritten: { from: "All" as const } };
  const accepted = (spec: Partial<LoadBalancerSpec> = {}) => ({
    ...held(),
    acceptedSpec: { ...loadBalancer({ byHand: true, spec }).spec },
  });
  const rows: [string, LoadBalancerInput, KnownClass, string][] = [
    ["is served where that is allowed", {}, known(allowed), "yes"],
    ["is not where it is not", {}, known(), "no HandWrittenNotAllowed"],
    ["stays where it was allowed before", { status: accepted() }, known(), "yes HandWrittenNotAllowed"],
    [
      "with settings nobody knows is not",
      { spec: { settings: { x: 1 } } },
      known(allowed),
      "no InvalidSettings",
    ],
    [
      "edited to settings nobody knows is served as before",
      { spec: { settings: { x: 1 } }, status: accepted() },
      known(allowed),
      "yes InvalidSettings as before",
    ],
    [
      "edited against the policy is served as before",
      { spec: external, status: accepted() },
      known({ ...allowed, ...closed }),
      "yes PublicNotAllowed as before",
    ],
    [
      "edited elsewhere is served, though the policy came later",
      { spec: { ...external, ports: [{ port: 81, protocol: "TCP" }] }, status: accepted(external) },
      known({ ...allowed, ...closed }),
      "yes PublicNotAllowed",
    ],
    [
      "after its class was deleted is not",
      { creationTimestamp: "2026-01-02T00:00:01Z" },
      deleted(allowed),
      "no ClassDeleted",
    ],
    [
      "before its class was deleted is served, though it had to wait",
      { creationTimestamp: "2026-01-02T00:00:00Z" },
      deleted(allowed),
      "yes",
    ],
    [
      "and has something stays, whatever its age",
      { creationTimestamp: "2026-01-02T00:00:01Z", status: accepted() },
      deleted(allowed),
      "yes",
    ],
  ];
  test.each(rows)("%s", (_sentence, input, cls, expected) => {
    expect(told({ byHand: true, ...input }, cls)).toBe(expected);
  });

  test("and badly edited is served by the spec that was accepted", () => {
    const lb = loadBalancer({ byHand: true, spec: external, status: accepted() });
    const judgement = judge(lb, known({ ...allowed, ...closed }), facts);
    expect(judgement).toMatchObject({ serve: "yes", spec: { scheme: "internal" } });
  });
});
