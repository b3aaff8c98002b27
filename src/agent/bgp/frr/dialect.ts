/**
 * The lines that we write, and how each is taken back. What is not in here is FRR's own or somebody else's, and is left alone.
 *
 * A prefix is not just removed: FRR (8.4) forgets to withdraw one that goes within a second of a session's beginning or of a changed policy, while it
 * collects what to send (`t_coalesce` of bgpd/bgp_updgrp_adv.c), and peers would keep the route for ever. So first it is marked to be announced to
 * nobody, which is not forgotten, and removed when all is quiet. Pure.
 */
import { LEAVING, PREFIX } from "./names.ts";

export interface Setting {
  /** Two lines of a section with the same key can't both hold: the later replaces the earlier. */
  readonly key: string;
  readonly line: string;
  /** The line that takes it back. undefined: it is never taken back. */
  readonly undo: string | undefined;
  /** It is taken back in its own time only, long after the last change. */
  readonly isLate: boolean;
}

interface Form {
  readonly in: RegExp;
  readonly line: RegExp;
  /** What takes it back where `no` does not. */
  readonly undo?: (key: string) => string;
  /** See `Setting`. */
  readonly late?: true;
  /** `each`: there may be many, told apart by all their words. `one`: the first group is the key, and `no` with it takes it back. `stays`: never taken back. */
  readonly as: "each" | "one" | "stays";
}

const top = /^$/;
const routeMap = new RegExp(`^route-map ${PREFIX}`);
const router = /^router bgp [^\n]*$/;
const family = /^router bgp [^\n]*\naddress-family /;
const profile = /^bfd\nprofile /;

const forms: readonly Form[] = [
  { in: top, line: /^(bgp route-map delay-timer) /, as: "stays" },
  { in: /^(vrf [^\n]*)?$/, line: /^(ip|ipv6) nht resolve-via-default$/, as: "stays" },
  { in: routeMap, line: /^(match tag) /, as: "one" },
  { in: routeMap, line: /^(set (?:tag|community|large-community|local-preference)) /, as: "one" },
  {
    in: router,
    line: /^(bgp router-id|no bgp default ipv4-unicast|no bgp network import-check)\b/,
    as: "stays",
  },
  { in: router, line: /^(bgp graceful-restart preserve-fw-state)$/, as: "stays" },
  { in: router, line: /^(neighbor \S+ (?:interface )?remote-as) /, as: "stays" },
  {
    in: router,
    line: /^(neighbor \S+ (?:local-as|password|port|update-source|ebgp-multihop|disable-connected-check|graceful-restart|timers connect|timers|bfd profile|bfd))\b/,
    as: "one",
  },
  { in: family, line: new RegExp(`^(network \\S+) route-map ${LEAVING}$`), as: "one", late: true },
  {
    in: family,
    line: new RegExp(`^(network \\S+)(?: route-map ${PREFIX}\\S+)?$`),
    as: "one",
    undo: (key) => `${key} route-map ${LEAVING}`,
  },
  { in: family, line: /^neighbor \S+ activate$/, as: "each" },
  { in: family, line: /^(neighbor \S+ route-map \S+ (?:in|out))$/, as: "one" },
  { in: profile, line: /^(detect-multiplier) /, as: "one", undo: () => "detect-multiplier 3" },
  { in: profile, line: /^(transmit-interval) /, as: "one", undo: () => "transmit-interval 300" },
  { in: profile, line: /^(receive-interval) /, as: "one", undo: () => "receive-interval 300" },
  { in: profile, line: /^(echo transmit-interval) /, as: "one", undo: () => "echo transmit-interval 50" },
  { in: profile, line: /^(echo receive-interval) /, as: "one", undo: () => "echo receive-interval 50" },
  { in: profile, line: /^(passive-mode|echo-mode)$/, as: "one" },
  { in: profile, line: /^(minimum-ttl) /, as: "one" },
];

/** undefined: not one of ours. */
export function settingOf(context: readonly string[], text: string): Setting | undefined {
  const place = context.join("\n");
  for (const form of forms) {
    if (!form.in.test(place)) continue;
    const match = form.line.exec(text);
    if (match === null) continue;
    const key = match[1] ?? text;
    return {
      key: directed(key),
      line: text,
      undo: form.as === "stays" ? undefined : (form.undo?.(key) ?? `no ${key}`),
      isLate: form.late ?? false,
    };
  }
  return undefined;
}

/** A neighbor has one route map each way, whatever it is called. */
function directed(key: string): string {
  return key.replace(/^(neighbor \S+ route-map) \S+ (in|out)$/, "$1 $2");
}
