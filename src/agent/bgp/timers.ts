/** The timers of a BGP session. Pure. */
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import { secondsIn } from "../../api/duration-text.ts";

/** In seconds. */
export interface SessionTimers {
  /** undefined: the daemon's defaults. */
  readonly silence: { readonly keepalive: number; readonly hold: number } | undefined;
  readonly connect: number;
}

/** What the kinds promise for a peer that does not say. */
const CONNECT_SECONDS = 10;

/** One of hold and keepalive given, the other is three times as long, or a third. A keepalive that is too long for its hold time becomes a third too, as daemons do. */
export function timersOf({ holdTime, keepaliveTime, connectTime }: BGPPeerSpec): SessionTimers {
  const hold = holdTime === undefined ? undefined : secondsIn(holdTime);
  const keepalive = keepaliveTime === undefined ? undefined : secondsIn(keepaliveTime);
  const connect = (connectTime === undefined ? undefined : secondsIn(connectTime)) ?? CONNECT_SECONDS;
  if (hold === undefined && keepalive === undefined) return { silence: undefined, connect };
  const silence = hold ?? Math.min((keepalive ?? 0) * 3, 65535);
  const third = Math.floor(silence / 3);
  return { silence: { hold: silence, keepalive: Math.min(keepalive ?? third, third) }, connect };
}
