/** Whom the cloud rejects costs nobody what stood before: neither himself nor those beside him. */
import { describe, expect, test } from "@jest/globals";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { portsOf } from "../../../../../src/testing/conformance/local-operator.ts";
import { portCloud, refuse } from "./port-cloud.ts";

type World = ReturnType<typeof portCloud>;
const idsOf = ({ cloud }: World) => [...cloud.resources.keys()];
const deletions = ({ cloud }: World) => cloud.calls.filter((call) => call.startsWith("delete"));
const hour = 3_600_000;

/** In production before Fairlead came, with a port more than its new owner asks for. */
function inProduction({ stands }: World, port = 80): readonly string[] {
  stands("balancer", "prod");
  for (const each of [port, 9000]) {
    stands(`target/${each}`, `prod-target-${each}`, { port: each });
    stands(`listener/${each}`, `prod-listener-${each}`, { port: each });
  }
  return ["prod", `prod-target-${port}`, `prod-listener-${port}`];
}

describe.each(["Delete", "Retain"] as const)("with deletion: %s, what is taken over stays", (deletion) => {
  test.each([
    ["of a new port", /^create target\/443$/],
    ["of what all ports need", /^update balancer$/],
  ])("while the cloud rejects a part %s, and the Service is told", async (_what, call) => {
    const world = portCloud({ targets: true, deletion });
    const { cloud, operator } = world;
    const prod = inProduction(world);
    // The mark is on it before the rest is rejected.
    cloud.before = (each) => {
      const there = cloud.resources.get("prod");
      if (each === "update balancer" && there?.stack === undefined)
        Object.assign(there ?? {}, { stack: "conformance/web" });
      refuse(call, ["invalid", "the health check is wrong"])(each);
    };
    operator.put("web", { adopt: "prod", ports: portsOf(80, 443) });
    await operator.settle();
    await operator.pass(3 * hour);
    expect(idsOf(world)).toEqual(expect.arrayContaining([...prod]));
    expect(deletions(world)).toEqual([]);
    expect(operator.condition("web", "Degraded")?.message).toContain("the health check is wrong");

    cloud.before = () => {};
    operator.put("web", { ports: portsOf(80, 8443) });
    await operator.settle();
    expect(operator.get("web")?.status?.addresses).toEqual([{ hostname: "prod.example" }]);
    expect(operator.condition("web", "Degraded")?.status).toBe("False");
    expect(idsOf(world)).toEqual(expect.arrayContaining([...prod]));
    expect(world.cloud.resources.has("prod-listener-9000")).toBe(false);
  });

  test("though the cloud rejects what it and a newcomer to its group want together", async () => {
    const world = portCloud({ targets: true, deletion });
    const { cloud, operator } = world;
    const prod = inProduction(world);
    cloud.before = (each) => {
      const there = cloud.resources.get("prod");
      if (each === "update balancer") Object.assign(there ?? {}, { stack: "group front" });
      refuse(/^update balancer$/, ["invalid", "the subnet is full"])(each);
    };
    operator.put("web", { group: "front", adopt: "prod", ports: portsOf(80) });
    operator.put("api", { group: "front", ports: portsOf(443) });
    await operator.settle();
    expect(idsOf(world)).toEqual(expect.arrayContaining([...prod]));
    for (const name of ["web", "api"])
      expect(operator.told(name)).toContain("RejectedByCloud the subnet is full");
  });
});

test("of one that is alone nothing is taken down and made again, however often the cloud rejects it", async () => {
  const world = portCloud({ targets: true });
  world.cloud.before = refuse(/^create target\/443$/, ["invalid", "no"]);
  world.operator.put("web", { ports: portsOf(80, 443) });
  await world.operator.pass(6 * hour);
  expect(deletions(world)).toEqual([]);
  expect(world.operator.get("web")?.status?.addresses).toEqual([{ hostname: "balancer-1.example" }]);
});

/** `web` is served; `bad` wants a port by which the cloud rejects what `good` needs as well. */
async function groupWithCulprit(deletion: "Delete" | "Retain", stood: boolean) {
  const world = portCloud({ targets: true, deletion });
  const { cloud, operator } = world;
  operator.put("web", { group: "front", ports: portsOf(80) });
  await operator.settle();
  operator.put("bad", { group: "front", ports: portsOf(8443) });
  operator.put("good", { group: "front", ports: portsOf(81) });
  if (stood) {
    // Made for it in an earlier life of the cluster, whose status is lost.
    world.stands("target/8443", "its-target", { stack: "group front", port: 8443 });
    world.stands("listener/8443", "its-listener", { stack: "group front", port: 8443 });
    for (const id of ["its-target", "its-listener"])
      Object.assign(cloud.resources.get(id) ?? {}, { stack: "group front" });
    operator.restart();
  }
  const member = operator.get("bad")?.metadata.uid;
  let seen = false;
  cloud.before = (call) => {
    // Others would write it without the port.
    if (call === "update balancer" && !seen) {
      seen = true;
      throw new CloudError("invalid", "port 8443 is reserved", { member });
    }
  };
  await operator.settle();
  return world;
}

describe("of a group the culprit alone is left out", () => {
  test("what was begun for it goes, its status names nothing that is gone, and the others are served", async () => {
    const world = await groupWithCulprit("Delete", false);
    const { cloud, operator } = world;
    expect(deletions(world)).toEqual(["delete target/8443"]);
    expect([...cloud.resources.values()].map(({ id }) => id).sort()).toEqual(
      ["balancer", "listener/80", "listener/81", "target/80", "target/81"].sort(),
    );
    expect(operator.get("good")?.status?.addresses).toHaveLength(1);
    expect(operator.told("bad")).toContain("port 8443 is reserved");
    for (const { id } of operator.get("bad")?.status?.resources ?? []) expect(idsOf(world)).toContain(id);
  });

  test("what stood for it before stays", async () => {
    const world = await groupWithCulprit("Delete", true);
    expect(deletions(world)).toEqual([]);
    expect(idsOf(world)).toEqual(expect.arrayContaining(["its-target", "its-listener"]));
    expect(world.operator.get("good")?.status?.addresses).toHaveLength(1);
  });

  test("where the class says Retain, also what was begun for it stays", async () => {
    const world = await groupWithCulprit("Retain", false);
    expect(deletions(world)).toEqual([]);
    expect(world.operator.get("good")?.status?.addresses).toHaveLength(1);
  });
});

test("who leaves a group is not kept by one that the cloud rejects, and takes nothing along that others want", async () => {
  const world = portCloud({ targets: true });
  const { cloud, operator } = world;
  operator.put("old", { group: "front", ports: portsOf(80) });
  await operator.settle();
  const there = operator.get("old")?.status?.addresses;
  cloud.before = refuse(/^create target\/443$/, ["invalid", "no"]);
  operator.put("new", { group: "front", ports: portsOf(443) });
  operator.remove("old");
  await operator.settle();
  expect(operator.get("old")).toBeUndefined();
  expect([...cloud.resources.values()].map(({ id }) => id)).toEqual(["balancer"]);
  cloud.before = () => {};
  operator.put("new", { ports: portsOf(444) });
  await operator.settle();
  expect(operator.get("new")?.status?.addresses).toEqual(there);
});
