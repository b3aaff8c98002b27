import { describe, expect, test } from "@jest/globals";
import {
  parseIPAddressPool,
  parseL2Advertisement,
  parseLoadBalancer,
  parseLoadBalancerClass,
} from "../../../src/api/parse.ts";
import { describeProblem } from "../../../src/api/problems.ts";
import { accepted } from "../../objects/accepted.ts";
import {
  aBFDProfile,
  aBGPPeer,
  aClass,
  aLoadBalancer,
  anL2Advertisement,
  aPool,
} from "../../objects/build.ts";
import { parse } from "../../objects/parsers.ts";
import { refused } from "../../objects/refused.ts";

function problemsIn(object: unknown, as: (object: unknown) => ReturnType<typeof parse>) {
  const result = as(object);
  return result.ok ? [] : result.problems.map(describeProblem);
}

test.each(accepted)("takes $what", ({ object }) => {
  expect(parse(object)).toMatchObject({ ok: true });
});

test.each(refused)("refuses, for $because", ({ object, field, message }) => {
  const result = parse(object);
  expect(result.ok ? [] : result.problems).toContainEqual(expect.objectContaining({ field, message }));
});

describe("what was left out", () => {
  test("is filled in as the API server does", () => {
    expect(parse(aClass())).toMatchObject({
      value: {
        spec: {
          provider: "bare-metal",
          default: false,
          defaults: { scheme: "internal" },
          policy: { external: { from: "All" }, handWritten: { from: "None" } },
        },
      },
    });
    expect(parse(aPool())).toMatchObject({
      value: {
        spec: { autoAssign: true, avoidBuggyIPs: true, advertise: "Layer2", layer2Mode: "Respond" },
      },
    });
    expect(parse(aBGPPeer())).toMatchObject({ value: { spec: { peerPort: 179, ebgpMultiHop: false } } });
    expect(parse(aBFDProfile())).toMatchObject({
      value: { spec: { receiveInterval: 300, transmitInterval: 300, detectMultiplier: 3 } },
    });
    expect(parse(aLoadBalancer())).toMatchObject({
      value: {
        spec: { frontend: "default", ipFamilyPolicy: "SingleStack", ports: [{ port: 80, protocol: "TCP" }] },
      },
    });
  });

  test("may be the whole spec, where nothing in it must be said", () => {
    const { spec: _, ...bare } = anL2Advertisement();
    expect(parseL2Advertisement(bare)).toMatchObject({ ok: true, value: { spec: {} } });
  });

  test("is not filled into the object that was given", () => {
    const object = aClass();
    parse(object);
    expect(object).toEqual(aClass());
  });
});

describe("problems", () => {
  test("propose the name of a misspelt field", () => {
    expect(problemsIn(aPool({ adresses: ["192.0.2.1"] }), parseIPAddressPool)).toEqual([
      'spec.adresses: found ["192.0.2.1"], is not a known field; did you mean addresses?',
    ]);
    expect(
      problemsIn(aClass({ policy: { maxLoadbalancers: { total: 1 } } }), parseLoadBalancerClass),
    ).toEqual([
      'spec.policy.maxLoadbalancers: found {"total":1}, is not a known field; did you mean maxLoadBalancers?',
    ]);
  });

  test("list the fields there are where none is alike", () => {
    expect(problemsIn(aLoadBalancer({ ports: [{ port: 80, colour: "red" }] }), parseLoadBalancer)).toEqual([
      'spec.ports[0].colour: found "red", is not a known field; the fields here are appProtocol, name, nodePort, port, protocol, targetPort',
    ]);
  });

  test("tell all that is wrong at once", () => {
    const object = { ...aPool({ addresses: ["x", "192.0.2.2-192.0.2.1"] }), kind: "IPAdressPool" };
    expect(problemsIn(object, parseIPAddressPool)).toHaveLength(3);
  });

  test("are told of what is no object at all", () => {
    expect(problemsIn(null, parseIPAddressPool)).toEqual(["object: found null, must be an object"]);
    expect(problemsIn({}, parseIPAddressPool)).toEqual([
      "apiVersion: is required",
      "kind: is required",
      "metadata: is required",
      "spec: is required",
    ]);
  });

  test("show a long value in part only", () => {
    const [problem] = problemsIn(aPool({ autoAssign: "y".repeat(65536) }), parseIPAddressPool);
    expect(problem?.length).toBeLessThan(200);
  });
});
