/** Brings the daemons of FRR from what they run to what they should, without a restart and without touching what stays the same. */
import { join } from "node:path";
import type { Daemon, FrrConfig } from "./config.ts";
import { difference } from "./difference.ts";
import { parseRunning, versionIn } from "./parse.ts";
import { type Refusal, runSteps } from "./run-steps.ts";
import { openVty, type Vty } from "./vty.ts";

export interface Applied {
  /** Of FRR. */
  readonly version: string | undefined;
  /** How many lines were changed. */
  readonly changed: number;
  readonly refused: readonly Refusal[];
  /** The daemons that run. */
  readonly running: readonly Daemon[];
}

interface Opened {
  readonly daemon: Daemon;
  readonly vty: Vty;
  readonly add: ReturnType<typeof difference>["add"];
  readonly remove: ReturnType<typeof difference>["remove"];
  readonly version: string | undefined;
}

/** bgpd is last to be added to, and the first that something is taken from: it refers to the others. */
const order: readonly Daemon[] = ["zebra", "bfdd", "bgpd"];

export interface ApplyOptions {
  /** Nothing has changed for some seconds. Default: false. */
  readonly isQuiet?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param directory where FRR has its sockets.
 * @throws FrrLockedError; the error of the socket where bgpd can't be spoken to.
 */
export async function applyConfig(
  directory: string,
  desired: FrrConfig,
  { isQuiet = false, signal }: ApplyOptions = {},
): Promise<Applied> {
  const opened: Opened[] = [];
  try {
    for (const daemon of order) {
      const own = desired.filter((section) => section.daemon === daemon);
      const vty = await openDaemon(directory, daemon, signal);
      if (vty !== undefined) opened.push(await compare(vty, daemon, own, isQuiet));
    }
    const refused: Refusal[] = [];
    for (const { daemon, vty, add } of opened) {
      const said = await runSteps(vty, add);
      refused.push(...(daemon === "zebra" ? await elsewhere(directory, said, signal) : said));
    }
    for (const { vty, remove } of opened.toReversed()) refused.push(...(await runSteps(vty, remove)));
    const changed = opened.reduce((sum, { add, remove }) => sum + add.length + remove.length, 0);
    const running = opened.map(({ daemon }) => daemon);
    return { version: opened.at(-1)?.version, changed, refused, running };
  } finally {
    for (const { vty } of opened) vty.close();
  }
}

/** What bgpd runs. @throws the error of the socket. */
export async function runningBgp(directory: string, signal: AbortSignal | undefined): Promise<FrrConfig> {
  const vty = await openVty(socketOf(directory, "bgpd"), { signal });
  try {
    await vty.run("enable");
    const { text } = await vty.run("show running-config");
    return parseRunning("bgpd", text);
  } finally {
    vty.close();
  }
}

/** undefined: it does not run. That bgpd does not is an error. */
async function openDaemon(
  directory: string,
  daemon: Daemon,
  signal: AbortSignal | undefined,
): Promise<Vty | undefined> {
  try {
    const vty = await openVty(socketOf(directory, daemon), { signal });
    await vty.run("enable");
    return vty;
  } catch (error) {
    if (daemon !== "bgpd" && isAbsent(error)) return undefined;
    throw error;
  }
}

async function compare(vty: Vty, daemon: Daemon, desired: FrrConfig, isQuiet: boolean): Promise<Opened> {
  const { text } = await vty.run("show running-config");
  return {
    daemon,
    vty,
    ...difference(parseRunning(daemon, text), desired, isQuiet),
    version: versionIn(text),
  };
}

/** From FRR 10 on, mgmtd takes what zebra took before. */
async function elsewhere(
  directory: string,
  refused: readonly Refusal[],
  signal: AbortSignal | undefined,
): Promise<readonly Refusal[]> {
  if (refused.length === 0) return refused;
  try {
    const vty = await openVty(join(directory, "mgmtd.vty"), { signal });
    try {
      await vty.run("enable");
      return await runSteps(
        vty,
        refused.map(({ step }) => step),
      );
    } finally {
      vty.close();
    }
  } catch (error) {
    if (isAbsent(error)) return refused;
    throw error;
  }
}

export function socketOf(directory: string, daemon: Daemon): string {
  return join(directory, `${daemon}.vty`);
}

/** Whether the error says that nobody listens on the socket. */
export function isAbsent(error: unknown): boolean {
  const code = Error.isError(error) && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ECONNREFUSED";
}
