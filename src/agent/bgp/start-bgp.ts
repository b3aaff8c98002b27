/** Keeps FRR at what the objects ask for, and tells what becomes of it. */
import { isDeepStrictEqual } from "node:util";
import type { AnnouncerBgp, AnnouncerCapability } from "../../api/announcer.ts";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createBell } from "./bell.ts";
import { type Brought, createFrrDriver, type FrrPlace } from "./frr-driver.ts";
import type { BgpInput } from "./input.ts";
import { createMemory } from "./memory.ts";
import { type BgpPlan, planBgp } from "./plan.ts";
import type { SessionHappening } from "./report.ts";
import { createTeller } from "./teller.ts";

export interface BgpState {
  /** For the `Announcer`. undefined: no BGPPeer selects this node. */
  readonly status: AnnouncerBgp | undefined;
  /** `BGP` and `BFD`. */
  readonly capabilities: readonly AnnouncerCapability[];
}

export interface BgpOptions extends FrrPlace {
  readonly log: Logger;
  readonly clock?: Clock;
  /** How long to wait after a change for others that come with it. Default: 300 ms. */
  readonly debounceMs?: number;
  /** How often sessions are looked at. Default: 2 s. */
  readonly observeEveryMs?: number;
  /** How often FRR's configuration is compared with what it should be, though nothing has changed. Default: 30 s. */
  readonly verifyEveryMs?: number;
  /** Called with every state that differs from the one before. */
  onState(state: BgpState): void;
  onSession?(happening: SessionHappening): void;
}

export interface Bgp {
  /** What is wanted from now on. FRR is not touched before the first call. */
  apply(input: BgpInput): void;
  /** Ends the work. FRR goes on with what it has: a successor takes over without a withdrawal. */
  stop(): Promise<void>;
}

/** Longer than FRR collects what to send, after it has waited for more changes of policies. */
const QUIET_MS = 15_000;

export function startBgp(options: BgpOptions): Bgp {
  const {
    log,
    clock = systemClock,
    debounceMs = 300,
    observeEveryMs = 2_000,
    verifyEveryMs = 30_000,
  } = options;
  const driver = createFrrDriver(options);
  const ending = new AbortController();
  const bell = createBell(clock);
  const remember = createMemory();
  const tell = createTeller(options, clock);
  let wanted: BgpInput | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    let plan: BgpPlan | undefined;
    let brought: Brought | undefined;
    let verifyAt = 0;
    let changedAt = 0;
    for (;;) {
      if (wanted !== undefined) {
        await sleep(debounceMs, { signal, clock });
        const input = wanted;
        wanted = undefined;
        const next = planBgp(remember(input));
        if (!isDeepStrictEqual(next, plan)) {
          verifyAt = 0;
          changedAt = clock.monotonic();
        }
        plan = next;
      }
      if (plan === undefined) {
        await bell.wait(undefined, signal);
        continue;
      }
      if (clock.monotonic() >= verifyAt) {
        brought = await driver.bringTo(plan, clock.monotonic() - changedAt >= QUIET_MS, signal);
        verifyAt = brought.reached ? clock.monotonic() + verifyEveryMs : 0;
      }
      const observed = await driver.observe(signal);
      // It may be another FRR by the time it is back.
      if (observed === undefined) verifyAt = 0;
      tell(plan, brought, observed);
      const isIdle = plan.instances.length === 0 && brought?.reached !== false;
      await bell.wait(isIdle ? verifyEveryMs : observeEveryMs, signal);
    }
  };

  const goOn = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      // FRR keeps what it has meanwhile, and the next change is tried again.
      await run(signal).catch((error: unknown) => {
        if (!signal.aborted) log.error("BGP could not be worked out", { error });
      });
    }
  };
  const ended = goOn(ending.signal);
  return {
    apply(input) {
      wanted = input;
      bell.ring();
    },
    async stop() {
      ending.abort();
      await ended;
    },
  };
}
