import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import type { Condition } from "../../../src/api/meta.ts";
import { desiredServiceStatus } from "../../../src/core/service-status.ts";
import { held, loadBalancer } from "./objects.ts";

const condition = (type: string, status: Condition["status"], reason: string, message = ""): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const programmed = condition("Programmed", "True", "Programmed");
const pending = (reason: string, message: string) => condition("Programmed", "False", reason, message);
const frontend = (name: "internal" | "external", status: LoadBalancer["status"]) =>
  loadBalancer({ name: `web-${name}`, spec: { frontend: name, scheme: name }, status });

const told = (...lbs: LoadBalancer[]) =>
  desiredServiceStatus(lbs).conditions.map(({ type, status, reason, message }) =>
    [type.replace("fairlead.io/", ""), status, reason, message].filter((part) => part !== "").join(" "),
  );

describe("the status of a Service", () => {
  test("has the addresses of all frontends, internal first, in the order of their families", () => {
    const external = frontend("external", { ...held("203.0.113.1"), conditions: [programmed] });
    const internal = frontend("internal", { ...held("10.0.0.1", "2001:db8::1"), conditions: [programmed] });
    expect(desiredServiceStatus([external, internal]).ingress).toEqual([
      { ip: "10.0.0.1", ipMode: "VIP" },
      { ip: "2001:db8::1", ipMode: "VIP" },
      { ip: "203.0.113.1", ipMode: "VIP" },
    ]);
    expect(told(external, internal)).toEqual(["Programmed True Programmed"]);
  });

  test("has no ipMode beside a name alone, and the mode of the address where there is one", () => {
    const addresses = [
      { hostname: "a.example" },
      { ip: "10.0.0.1", ipMode: "Proxy" as const },
      { ip: "10.0.0.2", hostname: "b.example" },
    ];
    expect(desiredServiceStatus([loadBalancer({ status: { addresses } })]).ingress).toEqual([
      { hostname: "a.example" },
      { ip: "10.0.0.1", ipMode: "Proxy" },
      { ip: "10.0.0.2", ipMode: "VIP", hostname: "b.example" },
    ]);
  });

  test("says of which frontend it speaks where there are two", () => {
    const internal = frontend("internal", { ...held(), conditions: [programmed] });
    const external = frontend("external", { conditions: [pending("PoolExhausted", "none left")] });
    expect(told(internal, external)).toEqual(["Programmed False PoolExhausted external frontend: none left"]);
  });

  test("tells a refusal rather than what follows from it", () => {
    const refused = condition("Accepted", "False", "PublicNotAllowed", "not here");
    const lb = loadBalancer({ status: { conditions: [pending("Pending", "no address"), refused] } });
    expect(told(lb)).toEqual(["Programmed False PublicNotAllowed not here"]);
  });

  test("shows a flaw while there is one, and the address all the same", () => {
    const degraded = condition("Degraded", "True", "AddressOutsidePool", "it is kept");
    const lb = loadBalancer({ status: { ...held(), conditions: [programmed, degraded] } });
    expect(told(lb)).toEqual(["Programmed True Programmed", "Degraded True AddressOutsidePool it is kept"]);
    expect(desiredServiceStatus([lb]).ingress).toHaveLength(1);
  });

  test("is pending for a frontend that nobody has looked at yet", () => {
    expect(told(loadBalancer())).toEqual(["Programmed False Pending not looked at yet"]);
  });
});
