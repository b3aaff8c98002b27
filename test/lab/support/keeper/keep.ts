/** The parent's side of the keeper of a lab. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report } from "./keeper.ts";

export interface Keeper {
  /** Of this lab: no other on this machine has it. */
  readonly index: number;
  /** Removes all that has the lab's name, and resolves when it is gone. */
  end(): Promise<void>;
}

/** Removes what earlier labs left, and takes an index for a new one. What is made under it goes with this process, however that ends. */
export async function startKeeper(): Promise<Keeper> {
  const child = fork(fileURLToPath(new URL("./keeper.ts", import.meta.url)), [], {
    // A session of its own: a Ctrl-C in the terminal does not reach it.
    detached: true,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const gone = once(child, "exit");
  const end = async () => {
    if (child.connected) child.disconnect();
    await gone;
  };
  const told = once(child, "message").then(([report]) => report as Report);
  const report = await Promise.race([
    told,
    gone.then((): Report => ({ at: "failed", message: "its keeper ended" })),
  ]);
  if (report.at === "ready") return { index: report.index, end };
  await end();
  throw new Error(`Cannot make a lab: ${report.message}`);
}
