import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../../src/api/load-balancer.ts";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import { breakGlassGroup, installation } from "../../../src/api/names.ts";
import { type ApiError, isNotFound } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import type { Connection } from "../../../src/runtime/kube/connection.ts";
import { aLoadBalancer } from "../../objects/build.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { installCrds, type Kubectl, kubectlFor } from "./installed.ts";

const controlPlane = ownControlPlane({ controllerManager: true });
const { namespace: home, serviceAccount } = installation;

let kubectl: Kubectl;
let controller: KubeClient;
/** In `system:masters`. */
let admin: KubeClient;
/** Has the role `admin` in every namespace, as an owner of namespaces does. */
let owner: KubeClient;
/** The same, in an emergency. */
let rescuer: KubeClient;
/** Serves the class `lab` in a process of its own. */
let provider: KubeClient;
/** May do everything within namespaces, by a wildcard, and nothing outside. */
let greedy: KubeClient;

const clients: KubeClient[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});

async function clientOf(connection: Promise<Connection>): Promise<KubeClient> {
  const client = createKubeClient(await connection);
  clients.push(client);
  return client;
}

async function inGroup(user: string, group: string): Promise<Connection> {
  const connection = await controlPlane().connection({ user });
  return {
    ...connection,
    credentials: async (o) => {
      const { headers, tls } = await connection.credentials(o);
      return { headers: { ...headers, "impersonate-group": group }, tls };
    },
  };
}

beforeAll(async () => {
  kubectl = await kubectlFor(controlPlane());
  await installCrds(kubectl);
  await kubectl("apply", "-f", "deploy/rbac.yaml", "-f", "deploy/admission.yaml");
  await kubectl(
    "create",
    "clusterrolebinding",
    "owners",
    "--clusterrole=admin",
    "--user=olga",
    "--user=greta",
  );
  const lab = ["--resource=loadbalancerclasses.fairlead.io", "--resource-name=lab", "--verb=provide"];
  await kubectl("create", "clusterrole", "lab", ...lab);
  await kubectl("create", "clusterrolebinding", "lab", "--clusterrole=lab", "--user=paul");
  const status = ["--verb=get,patch", "--resource=loadbalancers.fairlead.io/status"];
  await kubectl("create", "clusterrole", "status-writer", ...status);
  await kubectl(
    "create",
    "clusterrolebinding",
    "status-writer",
    "--clusterrole=status-writer",
    "--user=paul",
  );
  [admin, controller, owner, rescuer, provider, greedy] = await Promise.all([
    clientOf(controlPlane().connection()),
    clientOf(controlPlane().connection({ serviceAccount: { namespace: home, name: serviceAccount } })),
    clientOf(controlPlane().connection({ user: "olga" })),
    clientOf(inGroup("olga", breakGlassGroup)),
    clientOf(controlPlane().connection({ user: "paul" })),
    clientOf(controlPlane().connection({ user: "greta" })),
  ]);
  await untilEnforced();
});

/** Policies come into force a moment after they are there. */
async function untilEnforced(): Promise<void> {
  const namespace = await testNamespace(controlPlane());
  const name = "probe";
  await controller.create(loadBalancers, ofService("probe", namespace));
  await kubectl(
    "create",
    "role",
    "all",
    "--verb=*",
    "--resource=loadbalancers.fairlead.io/status",
    "-n",
    namespace,
  );
  await kubectl("create", "rolebinding", "all", "--role=all", "--user=greta", "-n", namespace);
  const path = `/apis/fairlead.io/v1alpha1/namespaces/${namespace}/loadbalancers/${name}`;
  const write = { type: "merge", subresource: "status", dryRun: true } as const;
  const attempts = [
    () => admin.create(loadBalancers, ofService("other", namespace), { dryRun: true }),
    () => admin.request("DELETE", path, { query: { dryRun: "All" } }),
    () => greedy.patch(loadBalancers, { name, namespace }, grab, write),
  ];
  for (const attempt of attempts) {
    await until("the policies", async () =>
      (await refusalOf(attempt())).includes("ValidatingAdmissionPolicy"),
    );
  }
}

const patienceMs = 90_000;

/** Looks again and again until it is so. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const grab = { status: { addresses: [{ ip: "192.0.2.66" }] } };

function ofService(name: string, namespace: string, spec: object = {}): LoadBalancer {
  const built = aLoadBalancer({ serviceRef: { name: "web", uid: "some-uid" }, ...spec }, name);
  return { ...built, metadata: { name, namespace } } as unknown as LoadBalancer;
}

function byHand(name: string, namespace: string, spec: object = {}): LoadBalancer {
  const built = aLoadBalancer({ ...spec }, name);
  return { ...built, metadata: { name, namespace } } as unknown as LoadBalancer;
}

/** The words with which something is refused; `""` when it is not. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "",
    (error: unknown) => (error as ApiError).serverMessage ?? String(error),
  );
}

async function gone<T extends KubeObject>(resource: Resource<T>, ref: { name: string; namespace?: string }) {
  await until(`${resource.kind} ${ref.name} to be gone`, () =>
    admin.get(resource, ref).then(() => false, isNotFound),
  );
}

const pointsAtService = /Fairlead only: change Service web instead, and its LoadBalancer follows[.]/;
const pointsAtDeletion = /delete that Service, or change its type, and the LoadBalancer goes with it[.]/;
const emergency = `members of the group ${breakGlassGroup} may do it`;

describe("a LoadBalancer of a Service", () => {
  const ref = { name: "web", namespace: "" };
  const toOther = { spec: { pool: "other" } };

  beforeAll(async () => {
    ref.namespace = await testNamespace(controlPlane());
    await controller.create(loadBalancers, ofService("web", ref.namespace));
  });

  test("is created and changed by the controller, also by apply", async () => {
    const desired = {
      ...ofService("applied", ref.namespace),
      apiVersion: "fairlead.io/v1alpha1",
      kind: "LoadBalancer",
    };
    const apply = (spec: object) =>
      controller.patch(
        loadBalancers,
        { ...ref, name: "applied" },
        { ...desired, spec: { ...desired.spec, ...spec } },
        { type: "apply", fieldManager: "test", force: true },
      );
    await apply({});
    await expect(apply({ pool: "other" })).resolves.toMatchObject({ spec: { pool: "other" } });
    await controller.delete(loadBalancers, { ...ref, name: "applied" });
  });

  test.each([
    ["an owner of the namespace", () => owner],
    ["a cluster admin", () => admin],
  ])("is not created by %s", async (_who, who) => {
    const refusal = await refusalOf(who().create(loadBalancers, ofService("own", ref.namespace)));
    expect(refusal).toMatch(pointsAtService);
    expect(refusal).toContain(emergency);
  });

  test.each([
    ["an owner of the namespace", () => owner],
    ["a cluster admin", () => admin],
  ])("is not changed by %s", async (_who, who) => {
    const change = who().patch(loadBalancers, ref, toOther, { type: "merge" });
    expect(await refusalOf(change)).toMatch(pointsAtService);
  });

  test.each([
    ["an owner of the namespace", () => owner],
    ["a cluster admin", () => admin],
  ])("is not deleted by %s", async (_who, who) => {
    const refusal = await refusalOf(who().delete(loadBalancers, ref));
    expect(refusal).toMatch(pointsAtDeletion);
    expect(refusal).toContain(emergency);
  });

  test("is not deleted with all others", async () => {
    const path = `/apis/fairlead.io/v1alpha1/namespaces/${ref.namespace}/loadbalancers`;
    expect(await refusalOf(owner.request("DELETE", path))).toMatch(pointsAtDeletion);
  });

  test("can get labels and lose finalizers by its users", async () => {
    const labelled = { metadata: { labels: { a: "b" }, finalizers: ["example.com/stuck"] } };
    await owner.patch(loadBalancers, ref, labelled, { type: "merge" });
    const freed = await owner.patch(
      loadBalancers,
      ref,
      { metadata: { finalizers: null } },
      { type: "merge" },
    );
    expect(freed.metadata).toMatchObject({ labels: { a: "b" } });
    expect(freed.metadata.finalizers).toBeUndefined();
  });

  test("is changed and deleted in an emergency", async () => {
    await controller.create(loadBalancers, ofService("rescued", ref.namespace));
    const rescued = { ...ref, name: "rescued" };
    await rescuer.patch(loadBalancers, rescued, toOther, { type: "merge" });
    await rescuer.delete(loadBalancers, rescued);
    await gone(loadBalancers, rescued);
  });

  test("is deleted by the controller", async () => {
    await controller.create(loadBalancers, ofService("over", ref.namespace));
    await controller.delete(loadBalancers, { ...ref, name: "over" });
    await gone(loadBalancers, { ...ref, name: "over" });
  });

  test("goes, when its namespace is deleted, although the controller is not there", async () => {
    const namespace = await testNamespace(controlPlane());
    await controller.create(loadBalancers, ofService("web", namespace));
    await controlPlane().call("DELETE", `/api/v1/namespaces/${namespace}`);
    await gone(
      { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
      { name: namespace },
    );
  });

  test("goes, when the namespace is deleted, also when somebody else removes it first", async () => {
    const namespace = await testNamespace(controlPlane());
    const held = ofService("web", namespace);
    held.metadata.finalizers = ["example.com/held"];
    await controller.create(loadBalancers, held);
    await controlPlane().call("DELETE", `/api/v1/namespaces/${namespace}`);
    await expect(owner.delete(loadBalancers, { name: "web", namespace })).resolves.toBeUndefined();
    await owner.patch(
      loadBalancers,
      { name: "web", namespace },
      { metadata: { finalizers: null } },
      { type: "merge" },
    );
    await gone(loadBalancers, { name: "web", namespace });
  });

  test("goes by garbage collection when its Service is gone", async () => {
    const { namespace } = ref;
    const service = await admin.create(services, {
      metadata: { name: "owner", namespace },
      spec: { ports: [{ port: 80 }] },
    });
    const owned = ofService("collected", namespace);
    owned.metadata.ownerReferences = [
      { apiVersion: "v1", kind: "Service", name: "owner", uid: service.metadata.uid ?? "" },
    ];
    await controller.create(loadBalancers, owned);
    await admin.delete(services, { name: "owner", namespace });
    await gone(loadBalancers, { name: "collected", namespace });
  });
});

describe("a LoadBalancer without Service", () => {
  test("is created, changed and deleted by an owner of the namespace", async () => {
    const namespace = await testNamespace(controlPlane());
    await owner.create(loadBalancers, byHand("mine", namespace));
    await owner.patch(
      loadBalancers,
      { name: "mine", namespace },
      { spec: { pool: "edge" } },
      { type: "merge" },
    );
    await owner.delete(loadBalancers, { name: "mine", namespace });
    await gone(loadBalancers, { name: "mine", namespace });
  });

  test("can't be given to a Service", async () => {
    const namespace = await testNamespace(controlPlane());
    await owner.create(loadBalancers, byHand("mine", namespace));
    const spec = { serviceRef: { name: "web", uid: "u" } };
    const change = owner.patch(loadBalancers, { name: "mine", namespace }, { spec }, { type: "merge" });
    expect(await refusalOf(change)).not.toBe("");
  });
});

describe("the status of a LoadBalancer", () => {
  const write = { type: "merge", subresource: "status" } as const;
  let namespace = "";

  beforeAll(async () => {
    namespace = await testNamespace(controlPlane());
    await owner.create(loadBalancers, byHand("metal", namespace));
    await owner.create(loadBalancers, byHand("lab", namespace, { className: "lab" }));
    await kubectl(
      "create",
      "role",
      "all",
      "--verb=*",
      "--resource=loadbalancers.fairlead.io/status",
      "-n",
      namespace,
    );
    await kubectl("create", "rolebinding", "all", "--role=all", "--user=greta", "-n", namespace);
  });

  test("is written by the controller", async () => {
    const written = await controller.patch(loadBalancers, { name: "metal", namespace }, grab, write);
    expect(written.status?.addresses).toEqual(grab.status.addresses);
  });

  test("is written by the provider of its class, and by that of no other", async () => {
    const name = "lab";
    await expect(provider.patch(loadBalancers, { name, namespace }, grab, write)).resolves.toMatchObject(
      grab,
    );
    const other = provider.patch(
      loadBalancers,
      { name: "metal", namespace },
      { status: { appliedHash: "x" } },
      write,
    );
    expect(await refusalOf(other)).toContain(
      'the status is written by the provider of class metal: that is whoever may "provide" this LoadBalancerClass by a ClusterRole.',
    );
  });

  test("is not written by whoever has all rights within the namespace only: addresses are recorded in it", async () => {
    const theft = greedy.patch(
      loadBalancers,
      { name: "lab", namespace },
      { status: { addresses: [{ ip: "192.0.2.1" }] } },
      write,
    );
    expect(await refusalOf(theft)).toContain("the status is written by the provider of class lab");
  });

  test("is not written by an owner of the namespace", async () => {
    const theft = owner.patch(loadBalancers, { name: "lab", namespace }, grab, write);
    expect(await refusalOf(theft)).toContain('cannot patch resource "loadbalancers/status"');
  });
});

describe("the roles", () => {
  beforeAll(async () => {
    for (const role of ["view", "edit", "admin"]) {
      const binding = [`in-role-${role}`, `--clusterrole=${role}`, `--user=in-role-${role}`];
      await kubectl("create", "clusterrolebinding", ...binding);
    }
  });

  test.each([
    ["view", "get loadbalancers.fairlead.io", "yes"],
    ["view", "get ipaddresspools.fairlead.io", "yes"],
    ["view", "get announcers.fairlead.io", "yes"],
    ["view", "create loadbalancers.fairlead.io", "no"],
    ["edit", "create loadbalancers.fairlead.io", "yes"],
    ["edit", "patch loadbalancers.fairlead.io --subresource=status", "no"],
    ["admin", "delete loadbalancers.fairlead.io", "yes"],
    ["admin", "create loadbalancerclasses.fairlead.io", "no"],
    ["admin", "patch ipaddresspools.fairlead.io", "no"],
    ["admin", "create bgppeers.fairlead.io", "no"],
    ["admin", "patch announcers.fairlead.io --subresource=status", "no"],
  ])("%s, asked for %s, says %s", async (role, act, answer) => {
    const asked = () =>
      kubectl("auth", "can-i", ...act.split(" "), `--as=in-role-${role}`).then(
        ({ stdout }) => stdout.trim(),
        (error: { stdout: string }) => error.stdout.trim(),
      );
    // The roles are put together a moment after their parts are there.
    if (answer === "yes") await until(act, async () => (await asked()) === answer);
    expect(await asked()).toBe(answer);
  });

  test.each([
    ["patch services", "no"],
    ["update services", "no"],
    ["get secrets", "no"],
    ["patch services --subresource=status", "yes"],
    ["delete loadbalancers.fairlead.io", "yes"],
    ["create loadbalancerclasses.fairlead.io", "no"],
    ["patch ipaddresspools.fairlead.io", "no"],
    ["patch bgppeers.fairlead.io", "no"],
    ["patch bgppeers.fairlead.io --subresource=status", "yes"],
    ["list announcers.fairlead.io", "yes"],
    ["delete announcers.fairlead.io", "no"],
    ["create events", "yes"],
  ])("the controller, asked for %s in any namespace, gets %s", async (act, answer) => {
    const as = `--as=system:serviceaccount:${home}:${serviceAccount}`;
    const { stdout } = await kubectl("auth", "can-i", ...act.split(" "), as).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout.trim()).toBe(answer);
  });
});

describe("the policy that names a class for Services without one", () => {
  const type = "LoadBalancer" as const;
  const service = (namespace: string, spec: object) => ({
    metadata: { generateName: "web-", namespace },
    spec: { ports: [{ port: 80 }], ...spec },
  });

  beforeAll(async () => {
    await kubectl("apply", "-f", "deploy/default-class.yaml");
    const namespace = await testNamespace(controlPlane());
    const classOfNew = async () =>
      (await admin.create(services, service(namespace, { type }), { dryRun: true })).spec?.loadBalancerClass;
    await until("the default class", async () => (await classOfNew()) !== undefined);
  });

  test("names it on creation, and when the type changes", async () => {
    const namespace = await testNamespace(controlPlane());
    const made = await admin.create(services, service(namespace, { type }));
    expect(made.spec?.loadBalancerClass).toBe("fairlead.io/main");
    const plain = await admin.create(services, service(namespace, {}));
    expect(plain.spec?.loadBalancerClass).toBeUndefined();
    const ref = { name: plain.metadata.name ?? "", namespace };
    const changed = await admin.patch(services, ref, { spec: { type } }, { type: "merge" });
    expect(changed.spec?.loadBalancerClass).toBe("fairlead.io/main");
  });

  test("leaves a class that was asked for", async () => {
    const namespace = await testNamespace(controlPlane());
    const made = await admin.create(
      services,
      service(namespace, { type, loadBalancerClass: "example.com/other" }),
    );
    expect(made.spec?.loadBalancerClass).toBe("example.com/other");
  });
});
