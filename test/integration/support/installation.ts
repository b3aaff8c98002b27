/** Fairlead installed in a control plane, as `deploy/` and `crds/` say: kinds, policies, and an operator under its minimal role. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { kinds } from "../../../src/api/manifests/kinds.ts";
import { createOperator } from "../../../src/controllers/operator.ts";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import { createEventRecorder } from "../../../src/runtime/events/recorder.ts";
import {
  createKubeClient,
  type KubeClient,
  type KubeClientOptions,
} from "../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { cachePart } from "../../../src/runtime/manager/cache-part.ts";
import { createManager } from "../../../src/runtime/manager.ts";
import type { ControlPlaneAccess, Identity } from "../../../src/testing/control-plane/access.ts";

const root = new URL("../../../", import.meta.url);

/** The controller of an installation with nothing changed. */
export const CONTROLLER: Identity = {
  serviceAccount: { namespace: "fairlead-system", name: "fairlead-controller" },
};

/** Creates what `crds/` and `deploy/` hold, and waits until the kinds are served. */
export async function install(
  controlPlane: ControlPlaneAccess,
  files = ["deploy/rbac.yaml", "deploy/admission.yaml"],
): Promise<void> {
  const crds = (await readdir(new URL("crds/", root))).map((name) => `crds/${name}`);
  await controlPlane.connection(CONTROLLER);
  for (const file of [...crds, ...files]) {
    const text = await readFile(fileURLToPath(new URL(file, root)), "utf8");
    for (const document of parseAllDocuments(text))
      await put(controlPlane, document.toJS() as Manifest | null);
  }
  for (const { plural } of kinds.map(({ resource }) => resource)) {
    await eventually(
      () => controlPlane.call("GET", `/apis/fairlead.io/v1alpha1/${plural}`),
      `${plural} are served`,
    );
  }
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const PLURALS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: "validatingadmissionpolicies",
  MutatingAdmissionPolicy: "mutatingadmissionpolicies",
  LoadBalancerClass: "loadbalancerclasses",
};

async function put(controlPlane: ControlPlaneAccess, manifest: Manifest | null): Promise<void> {
  if (manifest === null) return;
  const { apiVersion, kind, metadata } = manifest;
  const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  try {
    await controlPlane.call("POST", `${base}${within}/${plural}`, manifest);
  } catch (error) {
    if (!String(error).includes("AlreadyExists")) throw error;
  }
}

export interface RunningOperator {
  /** Stops as a process does on SIGTERM. */
  stop(): Promise<void>;
  /** Writes (verb and kind) since the start. */
  readonly writes: string[];
}

/** An operator inside this process, without leader election. */
export async function startOperator(
  controlPlane: ControlPlaneAccess,
  o: {
    providers?: readonly Provider[];
    namespaces?: readonly string[];
    identity?: Identity;
    client?: KubeClientOptions;
    clock?: Clock;
    /** How often what exists in clouds is compared with what should. Default: an hour. */
    verifyPeriodMs?: number | undefined;
    /** Time as the cache has it. */
    cacheClock?: Clock;
    /** Default: the API server itself. */
    server?: string;
    /** Stands between the operator and its client; Events do not pass it. */
    between?: (client: KubeClient) => KubeClient;
  } = {},
): Promise<RunningOperator> {
  const writes: string[] = [];
  const connection = await controlPlane.connection(o.identity ?? CONTROLLER);
  const sending = createKubeClient(
    o.server === undefined ? connection : { ...connection, server: o.server },
    {
      ...o.client,
      onRequest: (info) => {
        if (info.method !== "GET") writes.push(`${info.method} ${info.path}`);
      },
    },
  );
  const client = o.between?.(sending) ?? sending;
  const logger = silentLogger;
  const cache = createCache({
    client,
    logger,
    clock: o.cacheClock,
    ...(o.namespaces === undefined ? {} : { namespaces: o.namespaces }),
  });
  const events = createEventRecorder({ client: sending, component: "fairlead-controller" });
  const operator = createOperator({
    client,
    cache,
    events,
    providers: o.providers ?? [createBareMetal()],
    clock: o.clock,
    verifyPeriodMs: o.verifyPeriodMs,
    logger,
  });
  const stopping = new AbortController();
  const ended = createManager({ events }).add(cachePart(cache)).add(operator).run(stopping.signal);
  return {
    writes,
    async stop() {
      stopping.abort(new Error("stopped by the test"));
      await ended;
      sending.close();
    },
  };
}

/** Tries until it does not throw, and gives the result; a limit on hanging, not a measure of speed. */
export async function eventually<T>(
  attempt: () => Promise<T> | T,
  what: string,
  limitMs = 30_000,
): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw new Error(`Not within ${limitMs} ms: ${what}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
