/** Brings the daemons of FRR from what they run to what they should, without a restart and without touching what stays the same. */
import { join } from "node:path";
import type { Daemon, FrrConfig } from "./config.ts";
import { difference } from "./difference.ts";
import { type Foreign, foreignLines } from "./foreign.ts";
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
  /** Lines of others about our neighbors that are there although they were removed: as `leave` of the next call they are not tried again. */
  readonly left: ReadonlySet<string>;
}

interface Opened {
  readonly daemon: Daemon;
  readonly vty: Vty;
  readonly add: ReturnType<typeof difference>["add"];
  readonly remove: ReturnType<typeof difference>["remove"];
  /** To be removed too. */
  readonly foreign: readonly Foreign[];
  readonly left: readonly Foreign[];
  readonly version: string | undefined;
}

/** bgpd is last to be added to, and the first that something is taken from: it refers to the others. */
const order: readonly Daemon[] = ["zebra", "bfdd", "bgpd"];

export interface ApplyOptions {
  /** Nothing has changed for some seconds. Default: false. */
  readonly isQuiet?: boolean;
  /** Default: none. */
  readonly leave?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param directory where FRR has its sockets.
 * @throws FrrLockedError; the error of the socket where bgpd can't be spoken to.
 */
export async function applyConfig(
  directory: string,
  desired: FrrConfig,
  options: ApplyOptions = {},
): Promise<Applied> {
  const first = await applyOnce(directory, desired, options);
  if (first.removed.size === 0) return first;
  // Something of ours may have gone with what was removed; and what FRR writes by itself is there again.
  const leave = new Set([...(options.leave ?? []), ...first.removed]);
  const second = await applyOnce(directory, desired, { ...options, leave });
  return { ...second, changed: first.changed + second.changed };
}

/** `removed`: lines of others. */
async function applyOnce(
  directory: string,
  desired: FrrConfig,
  { isQuiet = false, leave = new Set(), signal }: ApplyOptions,
): Promise<Applied & { readonly removed: ReadonlySet<string> }> {
  const opened: Opened[] = [];
  try {
    for (const daemon of order) {
      const own = desired.filter((section) => section.daemon === daemon);
      const vty = await openDaemon(directory, daemon, signal);
      if (vty !== undefined) opened.push(await compare(vty, daemon, own, { isQuiet, leave }));
    }
    const refused: Refusal[] = [];
    for (const { daemon, vty, add } of opened) {
      const said = await runSteps(vty, add);
      refused.push(...(daemon === "zebra" ? await elsewhere(directory, said, signal) : said));
    }
    for (const { vty, remove, foreign } of opened.toReversed()) {
      // Refused or not: what counts is whether it is there afterwards.
      await runSteps(
        vty,
        foreign.map(({ undo }) => undo),
      );
      refused.push(...(await runSteps(vty, remove)));
    }
    return {
      version: opened.at(-1)?.version,
      changed: opened.reduce(
        (sum, { add, remove, foreign }) => sum + add.length + remove.length + foreign.length,
        0,
      ),
      refused,
      running: opened.map(({ daemon }) => daemon),
      left: textsOf(opened.flatMap(({ left }) => left)),
      removed: textsOf(opened.flatMap(({ foreign }) => foreign)),
    };
  } finally {
    for (const { vty } of opened) vty.close();
  }
}

function textsOf(lines: readonly Foreign[]): ReadonlySet<string> {
  return new Set(lines.map(({ text }) => text));
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

async function compare(
  vty: Vty,
  daemon: Daemon,
  desired: FrrConfig,
  { isQuiet, leave }: Required<Pick<ApplyOptions, "isQuiet" | "leave">>,
): Promise<Opened> {
  const { text } = await vty.run("show running-config");
  const running = parseRunning(daemon, text);
  const foreign = foreignLines(running, desired);
  return {
    daemon,
    vty,
    ...difference(running, desired, isQuiet),
    foreign: foreign.filter((each) => !leave.has(each.text)),
    left: foreign.filter((each) => leave.has(each.text)),
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
