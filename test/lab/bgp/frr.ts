/** FRR on a host of the lab: the daemons that a node has, or a router. */
import { chmod, chown, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SupervisedServer } from "../../../src/testing/control-plane/supervised.ts";
import { system } from "../support/ip.ts";
import { until } from "../support/until.ts";
import type { BgpNetwork } from "./network.ts";

const daemons = ["zebra", "bfdd", "bgpd"] as const;

export type FrrDaemon = (typeof daemons)[number];

export interface Frr {
  /** Where its sockets and files are. */
  readonly directory: string;
  readonly processes: Readonly<Record<FrrDaemon, SupervisedServer>>;
  /** What the shell of FRR prints. */
  show(...commands: string[]): Promise<string>;
  json<T>(command: string): Promise<T>;
  /** Has the lines carried out by FRR's own shell. @throws where it refuses one */
  configure(lines: readonly string[]): Promise<void>;
  /** Starts them anew after they were ended, with empty configurations. */
  restart(): Promise<void>;
}

export async function startFrr(network: BgpNetwork, host: string): Promise<Frr> {
  const directory = join(network.directory, host);
  await mkdir(directory);
  // Members of FRR's group may leave files there.
  await chmod(directory, 0o775);
  const { uid, gid } = await stat("/etc/frr");
  await chown(directory, uid, gid);
  for (const name of ["empty.conf", "vtysh.conf"]) await writeFile(join(directory, name), "");
  const shell = ["--vty_socket", directory, "--config_dir", directory];
  const processes: Partial<Record<FrrDaemon, SupervisedServer>> = {};
  const start = async () => {
    for (const daemon of daemons) {
      processes[daemon] = await network.start(
        host,
        `${host}-${daemon}`,
        `/usr/lib/frr/${daemon}`,
        argsOf(directory, daemon),
      );
      await until(`${daemon} of ${host} answers`, () =>
        system("vtysh", [...shell, "-d", daemon, "-c", "show version"]),
      );
    }
  };
  await start();
  const show = (...commands: string[]) =>
    system("vtysh", [...shell, ...commands.flatMap((command) => ["-c", command])]);
  return {
    directory,
    processes: processes as Record<FrrDaemon, SupervisedServer>,
    show,
    json: async <T>(command: string) => JSON.parse(await show(command)) as T,
    async configure(lines) {
      const file = join(directory, "lines.conf");
      await writeFile(file, `${lines.join("\n")}\n`);
      await system("vtysh", [...shell, "-f", file]);
    },
    restart: start,
  };
}

function argsOf(directory: string, daemon: FrrDaemon): string[] {
  return [
    ["-f", join(directory, "empty.conf"), "-i", join(directory, `${daemon}.pid`)],
    ["-z", join(directory, "zserv.api"), "--vty_socket", directory, "-P", "0", "--log", "stdout"],
    daemon === "bfdd" ? ["--bfdctl", join(directory, "bfdd.sock")] : [],
  ].flat();
}
