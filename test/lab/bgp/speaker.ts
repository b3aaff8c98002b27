/** The agent's BGP on a node of the lab, in this process, with its FRR beside it. */
import { join } from "node:path";
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import type { SessionHappening } from "../../../src/agent/bgp/report.ts";
import { type BgpState, startBgp } from "../../../src/agent/bgp/start-bgp.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { until } from "../support/until.ts";
import type { Frr } from "./frr.ts";

export interface Speaker {
  apply(input: BgpInput): void;
  state(): BgpState | undefined;
  readonly happened: readonly SessionHappening[];
  /** All that it has logged. */
  log(): string;
  stop(): Promise<void>;
  /** Resolves when every session of it is established. */
  established(): Promise<void>;
}

export async function startSpeaker(frr: Frr): Promise<Speaker> {
  let state: BgpState | undefined;
  const lines: string[] = [];
  const happened: SessionHappening[] = [];
  const log = await createLogger({ level: "debug", destination: { write: (line) => lines.push(line) } });
  const bgp = startBgp({
    directory: frr.directory,
    configFile: join(frr.directory, "frr.conf"),
    log,
    debounceMs: 20,
    observeEveryMs: 100,
    verifyEveryMs: 1_000,
    onState: (next) => {
      state = next;
    },
    onSession: (each) => happened.push(each),
  });
  return {
    apply: bgp.apply,
    stop: bgp.stop,
    state: () => state,
    happened,
    log: () => lines.join(""),
    async established() {
      await until("all sessions are established", () => {
        const sessions = state?.status?.sessions ?? [];
        if (sessions.length === 0 || sessions.some((each) => each.state !== "Established"))
          throw new Error(JSON.stringify(state));
      });
    },
  };
}
