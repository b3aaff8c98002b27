/**
 * A heartbeat as bytes, and back. Pure. What another version adds gets another version in the seal. No longer than
 * `estimateBytes` of the protocol says.
 */
import { formatAddress, parseAddress } from "../../core/ip/address.ts";
import { macBytes, macText } from "../linux/address-bytes.ts";
import {
  type AgentState,
  type ClaimEntry,
  type Heartbeat,
  highestEpoch,
  type Segment,
  type WithdrawnEntry,
} from "../protocol/heartbeat-message.ts";
import { type ByteReader, createByteReader, UnreadableError } from "./byte-reader.ts";
import { type ByteWriter, createByteWriter } from "./byte-writer.ts";

const states: readonly AgentState[] = ["Listening", "Ready", "Leaving"];
const upFlag = 1;
const ipv6Flag = 2;
const lostFlag = 4;

/** `apiAgeMs` becomes whole milliseconds, rounded up. */
export function encodeHeartbeat(heartbeat: Heartbeat): Uint8Array {
  const w = createByteWriter();
  const texts = (list: readonly string[]) => w.list(list, w.text);
  const { claims, apiAgeMs } = heartbeat;
  w.text(heartbeat.cluster);
  w.text(heartbeat.node);
  w.number(heartbeat.incarnation);
  w.number(heartbeat.sequence);
  w.byte(states.indexOf(heartbeat.state));
  w.number(apiAgeMs === undefined ? 0 : 1 + Math.ceil(Math.max(0, apiAgeMs)));
  w.list(heartbeat.segments, (segment) => writeSegment(w, segment));
  w.number(claims.from);
  w.number(claims.to);
  w.number(claims.newest);
  w.list(claims.claimed, (claim) => writeClaim(w, claim));
  w.list(claims.withdrawn, ({ version, address }) => {
    w.number(version);
    w.text(address);
  });
  texts(heartbeat.silent);
  texts(heartbeat.alive);
  texts(heartbeat.asks);
  texts(heartbeat.gone);
  texts(heartbeat.inUse);
  return w.done();
}

/** @throws UnreadableError when it is none, to the last byte */
export function decodeHeartbeat(bytes: Uint8Array): Heartbeat {
  const r = createByteReader(bytes);
  const texts = () => r.list(r.text);
  const addresses = () => r.list(() => readAddress(r));
  // Properties are read in the order in which they are written here.
  const heartbeat: Heartbeat = {
    cluster: r.text(),
    node: r.text(),
    incarnation: r.number(),
    sequence: r.number(),
    state: readState(r),
    apiAgeMs: readAge(r),
    segments: r.list(() => readSegment(r)),
    claims: {
      from: r.number(),
      to: r.number(),
      newest: r.number(),
      claimed: r.list(() => readClaim(r)),
      withdrawn: r.list((): WithdrawnEntry => ({ version: r.number(), address: readAddress(r) })),
    },
    silent: texts(),
    alive: texts(),
    asks: texts(),
    gone: addresses(),
    inUse: addresses(),
  };
  r.end();
  return heartbeat;
}

function writeSegment(w: ByteWriter, segment: Segment): void {
  w.text(segment.name);
  w.short(macBytes(segment.mac));
  w.byte((segment.up ? upFlag : 0) | (segment.ipv6 ? ipv6Flag : 0) | (segment.lost ? lostFlag : 0));
  w.number(segment.hears);
}

function readSegment(r: ByteReader): Segment {
  const name = r.text();
  const mac = macText(r.short());
  const flags = r.byte();
  if (flags > (upFlag | ipv6Flag | lostFlag)) throw new UnreadableError("a segment has unknown flags");
  const has = (flag: number) => (flags & flag) !== 0;
  return { name, mac, up: has(upFlag), lost: has(lostFlag), ipv6: has(ipv6Flag), hears: r.number() };
}

function writeClaim(w: ByteWriter, claim: ClaimEntry): void {
  w.number(claim.version);
  w.text(claim.address);
  w.number(claim.epoch);
  w.text(claim.offeredTo ?? "");
}

function readClaim(r: ByteReader): ClaimEntry {
  const version = r.number();
  const address = readAddress(r);
  const epoch = r.number();
  if (epoch > highestEpoch) throw new UnreadableError("an epoch is out of bounds");
  return { version, address, epoch, offeredTo: r.text() || undefined };
}

function readAddress(r: ByteReader): string {
  const text = r.text();
  const parsed = parseAddress(text);
  if (parsed.ok && formatAddress(parsed.address) === text) return text;
  throw new UnreadableError("an address is none in canonical form");
}

function readState(r: ByteReader): AgentState {
  const state = states[r.byte()];
  if (state === undefined) throw new UnreadableError("the state is unknown");
  return state;
}

function readAge(r: ByteReader): number | undefined {
  const age = r.number();
  return age === 0 ? undefined : age - 1;
}
