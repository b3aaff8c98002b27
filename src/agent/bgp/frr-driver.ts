/** FRR as the agent sees it: what to bring it to, and what its sessions are. One call at a time. */

import { messageOf } from "../../runtime/errors.ts";
import { applyConfig, isAbsent, runningBgp, socketOf } from "./frr/apply.ts";
import { configText, type Daemon } from "./frr/config.ts";
import { writeConfigFile } from "./frr/config-file.ts";
import { lacksPasswords, withKeptPasswords } from "./frr/kept-passwords.ts";
import { type Observed, observedSessions } from "./frr/observe.ts";
import { renderFrr } from "./frr/render.ts";
import { FrrLockedError } from "./frr/run-steps.ts";
import { openVty } from "./frr/vty.ts";
import type { BgpProblem } from "./input.ts";
import type { BgpPlan } from "./plan.ts";
import { blame } from "./refusals.ts";

export interface FrrPlace {
  /** Where FRR has its sockets, such as `/var/run/frr`. */
  readonly directory: string;
  /** What FRR reads when it starts, such as `/etc/frr/frr.conf`. undefined: it is not written. */
  readonly configFile: string | undefined;
}

/** What became of bringing FRR to a plan. */
export type Brought =
  | {
      readonly reached: true;
      readonly version: string | undefined;
      readonly changed: number;
      readonly running: readonly Daemon[];
      readonly problems: readonly BgpProblem[];
      readonly error: string | undefined;
      /** Lines of others about our sessions that FRR does not let go. */
      readonly left: ReadonlySet<string>;
    }
  /** `absent`: nobody is there. `busy`: try again soon. */
  | { readonly reached: false; readonly why: "absent" | "busy" | "failed"; readonly error: string };

export interface FrrDriver {
  /** `isQuiet`: nothing has changed for some seconds. */
  bringTo(plan: BgpPlan, isQuiet: boolean, signal: AbortSignal): Promise<Brought>;
  /** undefined: FRR can't be spoken to. */
  observe(signal: AbortSignal): Promise<Observed | undefined>;
}

export function createFrrDriver({ directory, configFile }: FrrPlace): FrrDriver {
  let left: ReadonlySet<string> = new Set();
  return {
    async bringTo(plan, isQuiet, signal) {
      try {
        const desired = renderFrr(
          lacksPasswords(plan) ? withKeptPasswords(plan, await runningBgp(directory, signal)) : plan,
        );
        // First, so that an FRR that starts right now misses nothing.
        const unwritten = configFile === undefined ? undefined : await keep(configFile, configText(desired));
        const { refused, ...applied } = await applyConfig(directory, desired, {
          isQuiet,
          leave: left,
          signal,
        });
        left = applied.left;
        const { problems, error } = blame(plan, refused);
        const unserved = applied.running.includes("bfdd") ? [] : withoutBfdd(plan);
        return { reached: true, ...applied, problems: [...problems, ...unserved], error: error ?? unwritten };
      } catch (error) {
        signal.throwIfAborted();
        return { reached: false, ...failure(directory, error) };
      }
    },

    async observe(signal) {
      try {
        const vty = await openVty(socketOf(directory, "bgpd"), { signal });
        try {
          const { text } = await vty.run("show bgp vrf all neighbors json");
          return observedSessions(text);
        } finally {
          vty.close();
        }
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    },
  };
}

/** What is wrong, if anything. Without the file FRR works until it is restarted, so that the rest goes on. */
async function keep(path: string, text: string): Promise<string | undefined> {
  try {
    await writeConfigFile(path, text);
    return undefined;
  } catch (error) {
    return `The file ${path}, by which FRR would have its routes after a restart at once, can't be written (${messageOf(error)}); let the agent write to its folder`;
  }
}

function withoutBfdd({ profiles }: BgpPlan): BgpProblem[] {
  const message = "FRR's bfdd does not run on this node: sessions have no BFD until it does";
  return profiles.map(({ name }) => ({ kind: "BFDProfile", name, message }));
}

function failure(
  directory: string,
  error: unknown,
): { readonly why: "absent" | "busy" | "failed"; readonly error: string } {
  const words = messageOf(error);
  if (isAbsent(error))
    return {
      why: "absent",
      error: `FRR's bgpd is not there (${words}): run FRR beside the agent, and share ${directory} with it`,
    };
  return {
    why: error instanceof FrrLockedError ? "busy" : "failed",
    error: `FRR could not be configured: ${words}`,
  };
}
