/** The interfaces of the network namespace that this process is in, and when they change: rtnetlink(7). */
import { compareText } from "../../core/compare-text.ts";
import { formatRange, parseRange } from "../../core/ip/range.ts";
import { addressText, macText } from "./address-bytes.ts";
import type { Link } from "./link.ts";
import {
  attribute,
  errorIn,
  message,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  numberOf,
  openNetlink,
  readAttributes,
  readMessages,
  textOf,
  uint32,
  viewOf,
} from "./netlink.ts";
import { whySkipped } from "./skip-list.ts";
import { AF_INET, SystemCallError, type SystemCalls } from "./system-calls.ts";

export const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const groups = { links: 1, addressesOfIPv4: 0x10, addressesOfIPv6: 0x100 };
const linkStruct = { bytes: 16, type: 2, index: 4, flags: 8 };
const addressStruct = { bytes: 8, family: 0, prefixLength: 1, flags: 2, scope: 3, index: 4 };
const linkAttribute = { mac: 1, name: 3, master: 10, info: 18, extensionMask: 29 };
const slaveKind = 4;
const skipStatistics = 8;
const addressAttribute = { address: 1, local: 2, flags: 8 };
const flag = { up: 1, broadcast: 2, loopback: 8, noArp: 0x80, carrier: 0x1_0000 };
/** Tentative or found to be a duplicate: not an address of this interface yet, or never. */
const notUsable = 0x40 | 0x08;
/** RT_SCOPE_LINK of rtnetlink(7): an address of it and of what comes after means nothing beyond the link. */
const linkScope = 253;
/** IFA_F_PERMANENT; IFA_F_NOPREFIXROUTE and IFA_F_DEPRECATED. */
const permanent = 0x80;
const boundFlags = 0x200 | 0x20;
/** kube-proxy in IPVS mode has the addresses of all Services there. */
const ipvsInterface = "kube-ipvs0";
const ethernet = 1;
const dumpBytes = 64 * 1024;
const mostDumps = 5;

export interface LinkWatch {
  /** Readable when an interface or an address has changed. */
  readonly fd: number;
  /** Reads off what it has; whether anything has changed. */
  changed(): boolean;
  close(): void;
}

export function watchLinks(calls: SystemCalls): LinkWatch {
  const fd = openNetlink(
    calls,
    NETLINK_ROUTE,
    groups.links | groups.addressesOfIPv4 | groups.addressesOfIPv6,
  );
  const buffer = new Uint8Array(dumpBytes);
  const renewals = createRenewals();
  return {
    fd,
    changed() {
      let changed = false;
      for (;;) {
        try {
          const length = calls.receive(fd, buffer);
          if (length === undefined) return changed;
          for (const one of readMessages(buffer.subarray(0, length)))
            changed = !renewals.isRenewal(one) || changed;
        } catch (error) {
          // There were more changes than it could keep: what they were is read anew anyway.
          if (!(error instanceof SystemCallError && error.code === "ENOBUFS")) throw error;
          changed = true;
        }
      }
    },
    close: () => calls.close(fd),
  };
}

/** Tells apart addresses whose time is merely put off, which routers and bound addresses bring about every second. */
function createRenewals(): { isRenewal(message: NetlinkMessage): boolean } {
  const known = new Map<string, string>();
  return {
    isRenewal(message) {
      if (message.type !== RTM_NEWADDR && message.type !== RTM_DELADDR) return false;
      const { index, address, usable, isOwn } = readAddress(message);
      const kind = `${usable} ${isOwn}`;
      const key = `${index} ${address}`;
      const isRenewal = message.type === RTM_NEWADDR && known.get(key) === kind;
      if (message.type === RTM_NEWADDR) known.set(key, kind);
      else known.delete(key);
      return isRenewal;
    },
  };
}

/** All interfaces as they are now, by index. @param skipList see `compileSkipList` */
export function readLinks(calls: SystemCalls, skipList: readonly RegExp[]): Link[] {
  const linkRequest = message(
    RTM_GETLINK,
    NLM_F_REQUEST | NLM_F_DUMP,
    new Uint8Array(linkStruct.bytes),
    attribute(linkAttribute.extensionMask, uint32(skipStatistics)),
  );
  const addressRequest = message(
    RTM_GETADDR,
    NLM_F_REQUEST | NLM_F_DUMP,
    new Uint8Array(addressStruct.bytes),
  );
  const links = dump(calls, linkRequest).filter(({ type }) => type === RTM_NEWLINK);
  const addresses = dump(calls, addressRequest)
    .filter(({ type }) => type === RTM_NEWADDR)
    .map(readAddress);
  const names = new Map(links.map(({ payload }) => [indexIn(payload), nameIn(payload)]));
  return links.map((one) => readLink(one, addresses, names, skipList)).sort((a, b) => a.index - b.index);
}

interface OwnAddress {
  readonly index: number;
  readonly address: string;
  readonly isIPv4: boolean;
  readonly usable: boolean;
  /** Not bound by an agent: see `bound-address.ts`. */
  readonly isOwn: boolean;
  /** As a CIDR; undefined: it is alone, or means nothing beyond the link. */
  readonly network: string | undefined;
}

function readAddress({ payload }: NetlinkMessage): OwnAddress {
  const attributes = readAttributes(payload.subarray(addressStruct.bytes));
  // Of a point-to-point link "address" is the other end's, and the network is there.
  const there = attributes.get(addressAttribute.address);
  const bytes = attributes.get(addressAttribute.local) ?? there;
  const flags = numberOf(attributes.get(addressAttribute.flags)) ?? payload[addressStruct.flags] ?? 0;
  return {
    index: viewOf(payload).getInt32(addressStruct.index, true),
    address: addressText(bytes ?? new Uint8Array(4)),
    isIPv4: payload[addressStruct.family] === AF_INET,
    usable: (flags & notUsable) === 0,
    isOwn:
      (flags & (boundFlags | permanent)) !== boundFlags ||
      payload[addressStruct.prefixLength] !== 8 * (bytes?.length ?? 0),
    network: networkOf(payload, there ?? bytes),
  };
}

function networkOf(payload: Uint8Array, address: Uint8Array | undefined): string | undefined {
  const length = payload[addressStruct.prefixLength] ?? 0;
  if (address === undefined || length === 8 * address.length) return undefined;
  if ((payload[addressStruct.scope] ?? 0) >= linkScope) return undefined;
  const read = parseRange(`${addressText(address)}/${length}`);
  return read.ok ? formatRange(read.range) : undefined;
}

function readLink(
  { payload }: NetlinkMessage,
  addresses: readonly OwnAddress[],
  names: ReadonlyMap<number, string>,
  skipList: readonly RegExp[],
): Link {
  const index = indexIn(payload);
  const name = nameIn(payload);
  const view = viewOf(payload);
  const flags = view.getUint32(linkStruct.flags, true);
  const has = (bit: number) => (flags & bit) !== 0;
  const attributes = readAttributes(payload.subarray(linkStruct.bytes));
  const info = readAttributes(attributes.get(linkAttribute.info) ?? new Uint8Array());
  const master = numberOf(attributes.get(linkAttribute.master));
  const skipped = whySkipped(
    {
      name,
      isEthernet: view.getUint16(linkStruct.type, true) === ethernet,
      isLoopback: has(flag.loopback),
      hasArp: !has(flag.noArp),
      hasBroadcast: has(flag.broadcast),
      master:
        master === undefined || textOf(info.get(slaveKind)) === "vrf"
          ? undefined
          : (names.get(master) ?? `interface ${master}`),
    },
    skipList,
  );
  const own = addresses.filter((one) => one.index === index);
  return {
    name,
    index,
    mac: macText(attributes.get(linkAttribute.mac) ?? new Uint8Array()),
    up: has(flag.up) && has(flag.carrier),
    addresses: own.filter(({ usable }) => usable).map(({ address }) => address),
    own: name === ipvsInterface ? [] : own.filter(({ isOwn }) => isOwn).map(({ address }) => address),
    // Also of those that are looked at for duplicates again, as after every loss of the carrier.
    networks: [...new Set(own.flatMap(({ network }) => network ?? []))].sort(compareText),
    ipv6: own.some(({ isIPv4 }) => !isIPv4),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function indexIn(payload: Uint8Array): number {
  return viewOf(payload).getInt32(linkStruct.index, true);
}

function nameIn(payload: Uint8Array): string {
  return textOf(readAttributes(payload.subarray(linkStruct.bytes)).get(linkAttribute.name)) ?? "";
}

/** All answers to a request. The kernel writes on whenever it is read from, so there is nothing to wait for. */
function dump(calls: SystemCalls, request: Uint8Array): NetlinkMessage[] {
  for (let attempt = 1; ; attempt++) {
    const fd = openNetlink(calls, NETLINK_ROUTE);
    try {
      calls.send(fd, request);
      const messages = readDump(calls, fd);
      // Something changed in the middle of it, which is told as a change too.
      const isTorn = messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      if (!isTorn || attempt === mostDumps) return messages;
    } finally {
      calls.close(fd);
    }
  }
}

function readDump(calls: SystemCalls, fd: number): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (;;) {
    const buffer = new Uint8Array(dumpBytes);
    const length = calls.receive(fd, buffer);
    if (length === undefined) return messages;
    for (const one of readMessages(buffer.subarray(0, length))) {
      const error = errorIn(one, "read the interfaces by netlink");
      if (error !== undefined) throw error;
      if (one.type === NLMSG_DONE) return messages;
      messages.push(one);
    }
  }
}
