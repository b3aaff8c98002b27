/** What `status`, `explain`, `plan` and `validate` say of a real cluster and of the examples. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import type { Explanation } from "../../src/cli/explain/explanation.ts";
import type { StatusReport } from "../../src/cli/status/run.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { type Commands, commandsOf, run } from "./support/command.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

// The controller manager puts what Fairlead's roles give into the roles view, edit and admin.
const controlPlane = ownControlPlane({ controllerManager: true });
let cluster: Cluster;
let operator: RunningOperator;
let commands: Commands;
let namespace: string;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  commands = await commandsOf(controlPlane());
  operator = await startOperator(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
  namespace = await testNamespace(controlPlane(), "shop");
  await cluster.createService(namespace, "web");
  await cluster.createService(namespace, "legacy", {
    annotations: { "fairlead.io/addresses": "203.0.113.7" },
  });
  await cluster.createService(namespace, "theirs", { spec: { loadBalancerClass: "example.com/lb" } });
  await cluster.served({ namespace, name: "web" });
  await cluster.condition(loadBalancers, { namespace, name: "legacy" }, "Programmed", "AddressNotInPool");
});
afterAll(async () => {
  await operator?.stop();
  await commands?.end();
  cluster?.client.close();
});

describe("fairlead status", () => {
  test("shows each load balancer with address or reason, and the classes and pools", async () => {
    const { code, stdout, stderr } = await commands.run(["status"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n").map((line) => line.split(/ {3,}/));
    expect(lines).toContainEqual([namespace, "web", "192.0.2.1", "metal", "web", "Ready", "-", "-"]);
    expect(lines).toContainEqual([
      namespace,
      "legacy",
      "-",
      "metal",
      "legacy",
      "Waiting",
      "AddressNotInPool",
      expect.stringContaining("203.0.113.7"),
    ]);
    expect(stdout).toMatch(/^metal +bare-metal +yes +yes/m);
    expect(stdout).toMatch(/^edge +yes +yes/m);
    expect(stdout).toContain("2 load balancers: 1 ready, 1 waiting.");
    expect(stdout).not.toContain("\u001b");
  });

  test("gives the same as data, of one namespace", async () => {
    const { stdout } = await commands.run(["status", "-n", namespace, "-o", "json"]);
    const report = JSON.parse(stdout) as StatusReport;
    expect(report.loadBalancers.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["legacy", "Waiting", "AddressNotInPool"],
      ["web", "Ready", "Programmed"],
    ]);
    expect((await commands.run(["status", "-n", "default"])).stdout).toContain(
      "no load balancers in namespace default",
    );
  });

  test("tells who may not look what to ask for, and shows a user of one namespace that one", async () => {
    const denied = await commands.run(["status"], { user: "nobody" });
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain("You may not look into all namespaces; name one with -n NAMESPACE.");
    await controlPlane().call(
      "POST",
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
      {
        metadata: { name: "dev" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "dev" }],
      },
    );
    const shown = await eventually(async () => {
      const answer = await commands.run(["status", "-n", namespace], { user: "dev" });
      expect(answer).toMatchObject({ code: 0, stderr: "" });
      return answer;
    }, "the role view lets look at load balancers");
    expect(shown.stdout).toContain("192.0.2.1");
    expect(shown.stdout).toContain("You may not list LoadBalancerClasses.");
    const explained = await commands.run(["explain", `${namespace}/web`], { user: "dev" });
    expect(explained.stdout).toContain("Has: 192.0.2.1 from pool edge");
  });
});

describe("fairlead explain", () => {
  const explain = async (service: string): Promise<Explanation> => {
    const { stdout, stderr } = await commands.run(["explain", service, "-n", namespace, "-o", "json"]);
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Explanation;
  };

  test("says of a Service that waits why, what to do, and which pools there are", async () => {
    const told = await explain("legacy");
    expect(told).toMatchObject({
      service: `${namespace}/legacy`,
      ours: true,
      class: { name: "metal", accepted: true },
      published: [],
      toDo: ["Ask for an address of a pool, or add the address to one."],
    });
    const [lb] = told.loadBalancers;
    expect(lb).toMatchObject({ state: "Waiting", reason: "AddressNotInPool", has: [] });
    expect(lb?.pools).toEqual([
      expect.objectContaining({ name: "edge", unusable: "it does not have what is asked for" }),
    ]);
    expect(told.events.map(({ reason }) => reason)).toContain("SyncLoadBalancerFailed");
    const { stdout } = await commands.run(["explain", `${namespace}/legacy`]);
    expect(stdout).toContain("AddressNotInPool: 203.0.113.7 is in no pool");
    expect(stdout).toContain("The address that was asked for is in no pool that may serve it.");
  });

  test("says of one that is served what it has, and that nothing is to be done", async () => {
    const told = await explain("web");
    expect(told.published).toEqual(["192.0.2.1"]);
    expect(told.loadBalancers[0]?.has).toEqual(["192.0.2.1 from pool edge"]);
    expect(told.toDo).toEqual([]);
  });

  test("says of one that is not ours why, and how it would become so", async () => {
    const told = await explain("theirs");
    expect(told.ours).toBe(false);
    expect(told.why).toContain('"example.com/lb"');
    expect(told.toDo.join()).toContain("fairlead.io/metal");
  });

  test("proposes a Service for a misspelt one", async () => {
    const { code, stderr } = await commands.run(["explain", "wbe", "-n", namespace]);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no Service "wbe" in namespace "${namespace}"; did you mean web?`);
    expect(stderr).not.toContain("    at ");
  });

  test("says that no controller runs where nothing has happened", async () => {
    await operator.stop();
    await cluster.createService(namespace, "late");
    const told = await explain("late");
    operator = await startOperator(controlPlane());
    expect(told.why).toContain("metal is the default class");
    expect(told.toDo.join()).toContain("See that a controller runs");
  });
});

describe("offline", () => {
  test("plan foretells of the examples what the quick start comes to", async () => {
    const { code, stdout } = await run(["plan", "-f", "examples/quickstart", "-o", "json"]);
    const report = JSON.parse(stdout) as {
      loadBalancers: { name: string; addresses: string[]; state: string }[];
    };
    expect(code).toBe(2);
    expect(report.loadBalancers.map(({ name, addresses, state }) => [name, state, addresses.join()])).toEqual(
      [
        ["web", "Ready", "192.0.2.1"],
        ["web-dual", "Ready", expect.stringMatching(/^192\.0\.2\.2,2001:db8:0:1::/)],
        ["mail", "Ready", "198.51.100.10"],
        ["dns-tcp", "Ready", "192.0.2.3"],
        ["dns-udp", "Ready", "192.0.2.3"],
        ["legacy", "Waiting", ""],
      ],
    );
  });

  test("what the cluster has is planned to stay as it is", async () => {
    const kinds = ["services", "loadbalancers", "loadbalancerclasses", "ipaddresspools"];
    const lists = await Promise.all(
      kinds.map(async (kind) => {
        const path = kind === "services" ? "/api/v1/services" : `/apis/fairlead.io/v1alpha1/${kind}`;
        const list = (await controlPlane().call("GET", path)) as {
          items: object[];
          apiVersion: string;
          kind: string;
        };
        const one = list.kind.replace(/List$/, "");
        return list.items.map((item) => ({ ...item, apiVersion: list.apiVersion, kind: one }));
      }),
    );
    const { stdout } = await run(
      ["plan", "-f", "-", "-o", "json"],
      JSON.stringify({ kind: "List", items: lists.flat() }),
    );
    const report = JSON.parse(stdout) as {
      loadBalancers: { name: string; change: string; addresses: string[] }[];
    };
    const web = report.loadBalancers.find(({ name }) => name === "web");
    expect(web).toMatchObject({ change: "keep", addresses: ["192.0.2.1"] });
    expect(report.loadBalancers.filter(({ change }) => change === "delete")).toEqual([]);
  });

  test.each([
    [["validate", "-f", "examples/quickstart"], 0, "no problems"],
    [["validate", "-f", "none.yaml"], 1, "there is no such file"],
    [["validate"], 1, "--filename"],
    [["plan", "-f", "package.json", "-o", "xml"], 1, "Allowed choices are table, json, yaml"],
    [["plan", "-f", "package.json"], 2, "this is no Kubernetes object"],
    [["statsu"], 1, "Did you mean status?"],
    [["status", "--kubeconfig", "/none"], 1, "There is no kubeconfig /none"],
    [["explain", "a/b/c"], 1, '"a/b/c" is no name of a Service'],
  ])("%j ends with code %d", async (args, code, said) => {
    const answer = await run(args);
    expect(answer.stdout + answer.stderr).toContain(said);
    expect(answer.code).toBe(code);
    expect(answer.stderr).not.toMatch(/^ {4}at /m);
  });
});
