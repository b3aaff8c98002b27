/** Tells what has become of BGP: states that differ from the one before, sessions that came or went, and lines in the log, each once. */
import type { AnnouncerCapability } from "../../api/announcer.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Observed } from "./frr/observe.ts";
import type { Brought } from "./frr-driver.ts";
import type { BgpPlan } from "./plan.ts";
import { bgpStatus, happenings, type Look, lookAt } from "./report.ts";
import type { BgpOptions, BgpState } from "./start-bgp.ts";

type Tell = (plan: BgpPlan, brought: Brought | undefined, observed: Observed | undefined) => void;

export function createTeller(options: Pick<BgpOptions, "log" | "onState" | "onSession">, clock: Clock): Tell {
  const { log, onState, onSession } = options;
  let look: Look = new Map();
  let shown: string | undefined;
  let complaint: string | undefined;
  let left: ReadonlySet<string> = new Set();
  let version: string | undefined;

  return (plan, brought, observed) => {
    const before = look;
    look = lookAt(plan, observed ?? new Map(), before, clock.now(), unseen(brought, observed));
    for (const each of happenings(before, look)) {
      log.info(each.what === "lost" ? "BGP session lost" : "BGP session established", {
        peer: each.peer,
        because: each.message,
      });
      onSession?.(each);
    }
    if (brought?.reached === true) {
      version = brought.version;
      for (const line of brought.left.difference(left))
        log.warn("FRR keeps a line about a session that Fairlead did not write", {
          line,
          because: "it stays when it is removed; if somebody put it there, remove it by hand",
        });
      left = brought.left;
    }
    // That FRR is not there is no trouble as long as no peer needs it.
    const isNeeded = plan.instances.length > 0;
    const error = brought?.reached === false && !isNeeded ? undefined : brought?.error;
    if (error !== undefined && error !== complaint)
      log.error("FRR is not as it should be", { because: error });
    if (error === undefined && complaint !== undefined) log.info("FRR is as it should be again");
    complaint = error;

    const problems = brought?.reached === true ? brought.problems : [];
    const state: BgpState = {
      status: bgpStatus(plan, look, { version, error, problems }),
      capabilities: capabilities(brought),
    };
    const text = JSON.stringify(state);
    if (text !== shown) onState(state);
    shown = text;
  };
}

/** undefined: as usual. */
function unseen(brought: Brought | undefined, observed: Observed | undefined): string | undefined {
  if (brought?.reached === false) return brought.error;
  return observed === undefined ? "FRR's bgpd does not answer" : undefined;
}

function capabilities(brought: Brought | undefined): AnnouncerCapability[] {
  if (brought?.reached !== true) {
    const message = brought?.error ?? "FRR was not looked for yet";
    return [
      { name: "BGP", available: false, message },
      { name: "BFD", available: false, message },
    ];
  }
  const hasBfd = brought.running.includes("bfdd");
  return [
    { name: "BGP", available: true },
    {
      name: "BFD",
      available: hasBfd,
      ...(hasBfd ? {} : { message: "FRR's bfdd is not there: run it beside bgpd to have BFD" }),
    },
  ];
}
