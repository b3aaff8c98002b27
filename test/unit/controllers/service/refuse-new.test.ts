import { expect, test } from "@jest/globals";
import type { Service } from "../../../../src/api/kubernetes.ts";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";
import type { KnownClass } from "../../../../src/controllers/classes.ts";
import { refuseNew } from "../../../../src/controllers/service/refuse-new.ts";
import { classSpec, loadBalancer, service } from "../../core/objects.ts";

function classThat(isDeleted: boolean): KnownClass {
  const spec = classSpec();
  const metadata = { name: "metal", ...(isDeleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) };
  const object = { metadata, spec } as LoadBalancerClass;
  return {
    name: "metal",
    object,
    provider: undefined,
    force: { state: "accepted", spec, refusal: undefined },
  };
}

function told(status: "True" | "False"): Service {
  const condition = { type: "fairlead.io/Programmed", status, reason: "x", message: "" };
  return {
    ...service(),
    status: { conditions: [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }] },
  };
}

test.each<[string, Service, Parameters<typeof refuseNew>[1], KnownClass | undefined, boolean]>([
  ["new to a class that stays", service(), [], classThat(false), false],
  ["new to a class that is not there", service(), [], undefined, false],
  ["new to a class that was deleted", service(), [], classThat(true), true],
  ["refused by it before", told("False"), [], classThat(true), true],
  ["that has a load balancer of it", service(), [loadBalancer()], classThat(true), false],
  ["that was served, and lost its LoadBalancer", told("True"), [], classThat(true), false],
  [
    "that has something in a cloud, and lost its LoadBalancer",
    service({}, { finalizers: ["fairlead.io/load-balancer"] }),
    [],
    classThat(true),
    false,
  ],
])("a Service %s", (_what, given, owned, cls, refused) => {
  expect(refuseNew(given, owned, cls)?.reason).toBe(refused ? "ClassDeleted" : undefined);
});
