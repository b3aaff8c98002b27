import { describe, expect, test } from "@jest/globals";
import type { GraphProvider } from "../../../../src/providers/provider.ts";
import { endpoint, OURS, slice, target, waitingWorld } from "./waiting-world.ts";

const containersReady = { ContainersReady: "True", Ready: "False" } as const;

describe("a pod that waits for nothing but its gate", () => {
  test("is a target like a ready one, and its gate opens once it is healthy wherever it is a target", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: containersReady });
    const slices = [slice("web", [80, 443], [endpoint("a", "10.0.0.1"), endpoint("b", "10.0.0.2", true)])];
    expect(await work("web", slices)).toEqual(["10.0.0.1", "10.0.0.2"]);

    expect(await check("web")).toBe(10_000);
    expect(world.condition("a")).toBe("False RegistrationInProgress");

    const initial = target("10.0.0.1", 443, "initial", "Elb.InitialHealthChecking");
    world.health.set("web", [target("10.0.0.1", 80, "healthy"), initial]);
    await check("web");
    expect(world.condition("a")).toBe("False Elb.InitialHealthChecking");
    expect(world.message("a")).toContain("10.0.0.1:443 is initial");

    // The same address with another port is another pod's, on the network of the node.
    const stranger = target("10.0.0.1", 8080, "unhealthy");
    world.health.set("web", [
      target("10.0.0.1", 80, "healthy"),
      target("10.0.0.1", 443, "healthy"),
      stranger,
    ]);
    await check("web");
    expect(world.condition("a")).toBe("True TargetHealthy");
  });

  test("stays a target until the kubelet has seen the gate open; then nothing is asked for any more", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: containersReady });
    const waiting = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    await work("web", waiting);
    world.health.set("web", [target("10.0.0.1", 80, "healthy")]);
    await check("web");
    expect(await work("web", waiting)).toEqual(["10.0.0.1"]);
    await work("web", [slice("web", [80], [endpoint("a", "10.0.0.1", true)])]);
    const { length } = world.reads;
    expect(await check("web")).toBeUndefined();
    expect(world.asked).toEqual(["web"]);
    expect(world.reads).toHaveLength(length);
    expect(world.worked).toEqual([]);
  });

  test("also while another's gate is shut, which is left alone", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { gates: [OURS, "else.example.com/gate"], conditions: containersReady });
    const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    await work("web", slices);
    world.health.set("web", [target("10.0.0.1", 80, "healthy")]);
    for (let times = 0; times < 4; times++) await check("web");
    expect(world.condition("a")).toBe("True TargetHealthy");
    expect(world.condition("a", "else.example.com/gate")).toBeUndefined();
    expect(await work("web", slices)).toEqual(["10.0.0.1"]);
  });

  test("is taken up again after a restart", async () => {
    const { world, work, check, restart } = waitingWorld();
    world.put("a", { gates: ["cloud.example.com/web"], conditions: containersReady });
    const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    await work("web", slices);
    await check("web");
    restart();
    expect(await work("web", slices)).toEqual(["10.0.0.1"]);
    expect([...world.wanted]).toEqual(["web"]);
    world.health.set("web", [target("10.0.0.1", 80, "healthy")]);
    await check("web");
    expect(world.condition("a", "cloud.example.com/web")).toBe("True TargetHealthy");
  });

  test("behind two load balancers it waits for both, and for one that was not looked at since the start", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: containersReady });
    world.stacksOf = () => ["web", "admin"];
    const web = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    const admin = [slice("admin", [90], [endpoint("a", "10.0.0.1")])];
    world.health.set("web", [target("10.0.0.1", 80, "healthy")]);
    world.health.set("admin", [target("10.0.0.1", 90, "unhealthy", "Target.Timeout")]);
    await work("web", web);
    await check("web");
    expect(world.condition("a")).toBe("False RegistrationInProgress");
    await work("admin", admin);
    await check("admin");
    await check("web");
    expect(world.condition("a")).toBe("False Target.Timeout");
    world.health.set("admin", [target("10.0.0.1", 90, "healthy")]);
    await check("admin");
    expect(world.condition("a")).toBe("True TargetHealthy");
  });
});

describe("a pod is not handed over", () => {
  test("before its containers are ready: that is found without a watch, and its stack worked on", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: { ContainersReady: "False", Ready: "False" } });
    const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    expect(await work("web", slices)).toEqual([]);
    await check("web");
    expect(world.worked).toEqual([]);
    expect(world.condition("a")).toBeUndefined();
    world.set("a", "ContainersReady", "True");
    await check("web");
    expect(world.worked).toEqual(["web"]);
    expect(await work("web", slices)).toEqual(["10.0.0.1"]);

    world.set("a", "ContainersReady", "False");
    await check("web");
    expect(world.worked).toEqual(["web", "web"]);
    expect(await work("web", slices)).toEqual([]);
  });

  test("without a gate of ours: it is looked at once", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { gates: ["else.example.com/gate"], conditions: containersReady });
    const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    for (let times = 0; times < 3; times++) expect(await work("web", slices)).toEqual([]);
    expect(await check("web")).toBeUndefined();
    expect(world.reads).toEqual(["a"]);
    expect([...world.wanted]).toEqual([]);
  });

  test("when all its gates are open: then its node is not heard of", async () => {
    const { world, work } = waitingWorld();
    world.put("a", { conditions: { ...containersReady, [OURS]: "True" } });
    expect(await work("web", [slice("web", [80], [endpoint("a", "10.0.0.1")])])).toEqual([]);
    expect([...world.wanted]).toEqual([]);
  });

  test("and its node is lost while it waits for another's gate", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", {
      gates: [OURS, "else.example.com/g"],
      conditions: { ...containersReady, [OURS]: "True" },
    });
    const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
    expect(await work("web", slices)).toEqual(["10.0.0.1"]);
    world.set("a", "else.example.com/g", "True");
    await check("web");
    expect(await work("web", slices)).toEqual(["10.0.0.1"]);
    expect(await check("web")).toBeUndefined();
    expect(await work("web", slices)).toEqual([]);
  });

  test("while it is going, or is another of the same name", async () => {
    const { world, work } = waitingWorld();
    world.put("a", { conditions: containersReady });
    const going = { ...endpoint("a", "10.0.0.1"), conditions: { ready: false, terminating: true } };
    expect(await work("web", [slice("web", [80], [going])])).toEqual([]);
    expect(world.reads).toEqual([]);
    const earlier = endpoint("a", "10.0.0.1", false, "uid-of-the-one-before");
    expect(await work("web", [slice("web", [80], [earlier])])).toEqual([]);
  });
});

describe("trouble", () => {
  test("with the health is told in the condition, and tried again by the queue", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: containersReady });
    await work("web", [slice("web", [80], [endpoint("a", "10.0.0.1")])]);
    world.failure = new Error("the cloud is tired");
    await expect(check("web")).rejects.toThrow("the cloud is tired");
    expect(world.condition("a")).toBe("False TargetHealthUnknown");
    expect(world.message("a")).toContain("the cloud is tired");
  });

  test("with the right to read pods keeps nothing from load balancers", async () => {
    const { world, work } = waitingWorld();
    world.put("a", { conditions: containersReady });
    world.forbidden = true;
    const ready = await work("web", [
      slice("web", [80], [endpoint("a", "10.0.0.1"), endpoint("b", "10.0.0.2", true)]),
    ]);
    expect(ready).toEqual(["10.0.0.2"]);
  });

  test("a pod whose containers do not get ready is looked at less often after 5 minutes", async () => {
    const { world, work, check } = waitingWorld();
    world.put("a", { conditions: { ContainersReady: "False" } });
    await work("web", [slice("web", [80], [endpoint("a", "10.0.0.1")])]);
    expect(await check("web")).toBe(10_000);
    await world.clock.advance(300_000);
    expect(await check("web")).toBe(60_000);
  });
});

test("a provider without health checks of targets costs no look at any pod", async () => {
  const { world, work } = waitingWorld();
  world.put("a", { conditions: containersReady });
  const slices = [slice("web", [80], [endpoint("a", "10.0.0.1")])];
  expect(await work("web", slices, {} as GraphProvider)).toEqual([]);
  expect(world.reads).toEqual([]);
});
