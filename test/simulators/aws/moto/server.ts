/** Runs moto as a server of its own, which ends with whoever started it. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type SupervisedServer, startSupervisor } from "../../../../src/testing/control-plane/supervised.ts";
import { installMoto } from "./install.ts";

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const pauseMs = 50;
const patienceMs = 60_000;

/**
 * Installs moto where it is missing, and starts it on a free port.
 * @throws when it can't be installed, or ends or stays silent instead of serving
 */
export async function startMoto(o: {
  readonly log?: ((line: string) => void) | undefined;
}): Promise<MotoServer> {
  const python = await installMoto({ env: process.env, log: o.log });
  const supervisor = await startSupervisor(await mkdtemp(join(tmpdir(), "fairlead-moto-")));
  try {
    // Port 0: moto takes a free one and says which.
    const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"];
    const server = await supervisor.start("moto", python, args, { env: { PYTHONUNBUFFERED: "1" } });
    return { endpoint: await announced(server), stop: () => supervisor.end() };
  } catch (error) {
    await supervisor.end();
    throw error;
  }
}

/** The address that moto writes to its log once it listens. */
async function announced(server: SupervisedServer): Promise<string> {
  const ended = server.exited.then((how) => how);
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const said = await server.log(100);
    const endpoint = /Running on (?<endpoint>http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.groups?.endpoint;
    if (endpoint !== undefined) return endpoint;
    const how = await Promise.race([ended, delay(pauseMs, undefined)]);
    if (how !== undefined) throw new Error(`Cannot start moto: it ${how}:\n${await server.log()}`);
  }
  throw new Error(`Cannot start moto: not ready after ${patienceMs / 1000} s:\n${await server.log()}`);
}
