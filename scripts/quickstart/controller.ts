/** The built controller as a process of its own, which ends with this one, however that ends. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { leases } from "../../src/api/kubernetes.ts";
import { installation } from "../../src/api/names.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { isNotFound } from "../../src/runtime/kube/api-error.ts";
import { createKubeClient } from "../../src/runtime/kube/client.ts";
import type { ControlPlane } from "../../src/testing/control-plane/control-plane.ts";
import { startSupervisor } from "../../src/testing/control-plane/supervised.ts";
import { command, root } from "./built-command.ts";

/** Its token holds for an hour. */
const renewEveryMs = 30 * 60_000;
const mostWaitMs = 60_000;

export interface ControllerProcess extends AsyncDisposable {
  readonly pid: number;
  /** Settles when it has ended. */
  readonly ended: Promise<string>;
  /** The last lines of its log. */
  log(): Promise<string>;
}

/** Resolves once it leads. `env` is all of its environment. @throws when it ends before that. */
export async function startController(
  controlPlane: ControlPlane,
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<ControllerProcess> {
  const supervisor = await startSupervisor(await mkdtemp(join(tmpdir(), "fairlead-controller-")));
  const renewing = setInterval(() => void writeLogin().catch(() => {}), renewEveryMs);
  try {
    await writeLogin();
    const flags = ["--kubeconfig", "kubeconfig", "--log-format", "text"];
    const nowhere = ["--metrics-bind-address", "0", "--health-probe-bind-address", "0"];
    const program = [`${root}${command}`, "controller", ...flags, ...nowhere];
    const server = await supervisor.start("controller", process.execPath, program, { env });
    let running = true;
    void server.exited.then(() => {
      running = false;
    });
    await untilLeading(() => running);
    return {
      pid: server.pid,
      ended: server.exited,
      log: () => server.log(20),
      async [Symbol.asyncDispose]() {
        clearInterval(renewing);
        server.signal("SIGTERM");
        await Promise.race([server.exited, sleep(10_000, {})]);
        await supervisor.end();
      },
    };

    async function untilLeading(isRunning: () => boolean): Promise<void> {
      const client = createKubeClient(await controlPlane.connection());
      const { namespace, lease: name } = installation;
      const until = performance.now() + mostWaitMs;
      try {
        for (;;) {
          const lease = await client.get(leases, { namespace, name }, { signal }).catch((error: unknown) => {
            if (isNotFound(error)) return undefined;
            throw error;
          });
          if (lease?.spec?.holderIdentity) return;
          if (!isRunning() || performance.now() > until)
            throw new Error(`The controller did not come up:\n${await server.log()}`);
          await sleep(100, { signal });
        }
      } finally {
        client.close();
      }
    }
  } catch (error) {
    clearInterval(renewing);
    await supervisor.end();
    throw error;
  }

  /** The kubeconfig of the ServiceAccount, its token in a file that the controller reads again. */
  async function writeLogin(): Promise<void> {
    const { namespace, serviceAccount: name } = installation;
    const config = parse(await controlPlane.kubeconfig({ serviceAccount: { namespace, name } })) as {
      users: { user: { token?: string; tokenFile?: string } }[];
    };
    for (const { user } of config.users) {
      await writeFile(join(supervisor.directory, "token"), user.token ?? "", { mode: 0o600 });
      delete user.token;
      user.tokenFile = "token";
    }
    await writeFile(join(supervisor.directory, "kubeconfig"), stringify(config), { mode: 0o600 });
  }
}
