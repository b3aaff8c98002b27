/** Messages of nf_tables by netlink (the kernel's uapi/linux/netfilter/nf_tables.h), as far as the guard of bound addresses needs them. Pure. */
import { attribute, message, NLA_F_NESTED, NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST } from "./netlink.ts";

export const NETLINK_NETFILTER = 12;
const NFPROTO_INET = 1;
const subsystem = 10;
const batchBegin = 0x10;
const batchEnd = 0x11;
const NLM_F_APPEND = 0x800;
const listElement = 1;
const dataValue = 1;
const dataVerdict = 2;
const verdictCode = 1;
/** The register of the verdict, and the first of values. */
const registers = { verdict: 0, value: 1 };

const messages = {
  newTable: 0,
  deleteTable: 2,
  newChain: 3,
  getChain: 4,
  newRule: 6,
  newSet: 9,
  newElements: 12,
  getElements: 13,
  deleteElements: 14,
};
type MessageName = keyof typeof messages;

/** One thing that a rule does with a packet. */
export type Expression = Uint8Array;

/** Several requests that take effect together, or not at all. */
export function batch(requests: readonly Uint8Array[]): Uint8Array[] {
  const frame = (type: number) => message(type, NLM_F_REQUEST, general(0, subsystem));
  return [frame(batchBegin), ...requests, frame(batchEnd)];
}

export function newTable(table: string): Uint8Array {
  return request("newTable", NLM_F_CREATE, text(1, table));
}

export function deleteTable(table: string): Uint8Array {
  return request("deleteTable", 0, text(1, table));
}

/** A set of addresses. `keyType` is what nft(8) shows: 7 is ipv4_addr, 8 is ipv6_addr. @param id of the set in this batch */
export function newSet(
  table: string,
  name: string,
  o: { keyType: number; keyBytes: number; id: number },
): Uint8Array {
  const key = [number(4, o.keyType), number(5, o.keyBytes)];
  return request(
    "newSet",
    NLM_F_CREATE,
    text(1, table),
    text(2, name),
    number(3, 0),
    ...key,
    number(10, o.id),
  );
}

export function newChain(table: string, name: string): Uint8Array {
  return request("newChain", NLM_F_CREATE, text(1, table), text(3, name));
}

/** A chain that sees what is delivered to this machine. */
export function newInputChain(table: string, name: string, priority: number): Uint8Array {
  const inputHook = 1;
  const hook = nested(4, number(1, inputHook), number(2, priority));
  return request("newChain", NLM_F_CREATE, text(1, table), text(3, name), hook, text(7, "filter"));
}

/** Put behind the rules there are. */
export function newRule(table: string, chain: string, expressions: readonly Expression[]): Uint8Array {
  const list = nested(4, ...expressions.map((one) => nested(listElement, one)));
  return request("newRule", NLM_F_CREATE | NLM_F_APPEND, text(1, table), text(2, chain), list);
}

export function newElements(table: string, set: string, keys: readonly Uint8Array[]): Uint8Array {
  return request("newElements", NLM_F_CREATE, text(1, table), text(2, set), elements(keys));
}

export function deleteElements(table: string, set: string, keys: readonly Uint8Array[]): Uint8Array {
  return request("deleteElements", 0, text(1, table), text(2, set), elements(keys));
}

/** Asks for a chain; the answer has how many rules it has, see `rulesIn`. */
export function getChain(table: string, name: string): Uint8Array {
  return request("getChain", 0, text(1, table), text(3, name));
}

/** @param flags NLM_F_DUMP */
export function getElements(table: string, set: string, flags: number): Uint8Array {
  return message(
    (subsystem << 8) | messages.getElements,
    NLM_F_REQUEST | flags,
    general(NFPROTO_INET, 0),
    text(1, table),
    text(2, set),
  );
}

/** Loads whether a packet is IPv4 (2) or IPv6 (10). */
export const loadFamily = expression("meta", number(1, registers.value), number(2, 15));
/** Loads the protocol that IP carries. */
export const loadProtocol = expression("meta", number(1, registers.value), number(2, 16));

export function loadNetwork(offset: number, length: number): Expression {
  return load(1, offset, length);
}

export function loadTransport(offset: number, length: number): Expression {
  return load(2, offset, length);
}

function load(base: number, offset: number, length: number): Expression {
  return expression(
    "payload",
    number(1, registers.value),
    number(2, base),
    number(3, offset),
    number(4, length),
  );
}

/** Goes on only if what was loaded is this byte. */
export function isByte(byte: number): Expression {
  const equal = 0;
  return expression(
    "cmp",
    number(1, registers.value),
    number(2, equal),
    nested(3, attribute(dataValue, Uint8Array.of(byte))),
  );
}

/** Goes on only if what was loaded is in the set. */
export function isIn(set: string, id: number): Expression {
  return expression("lookup", text(1, set), number(2, registers.value), number(4, id));
}

export const drop = verdict(number(verdictCode, 0));
export const accept = verdict(number(verdictCode, 1));

export function jumpTo(chain: string): Expression {
  const jump = -3;
  return verdict(number(verdictCode, jump), text(2, chain));
}

function verdict(...parts: Uint8Array[]): Expression {
  return expression("immediate", number(1, registers.verdict), nested(2, nested(dataVerdict, ...parts)));
}

function expression(name: string, ...parts: Uint8Array[]): Expression {
  return Buffer.concat([text(1, name), nested(2, ...parts)]);
}

function elements(keys: readonly Uint8Array[]): Uint8Array {
  return nested(3, ...keys.map((key) => nested(listElement, nested(1, attribute(dataValue, key)))));
}

function request(name: MessageName, flags: number, ...parts: Uint8Array[]): Uint8Array {
  return message(
    (subsystem << 8) | messages[name],
    NLM_F_REQUEST | NLM_F_ACK | flags,
    general(NFPROTO_INET, 0),
    ...parts,
  );
}

/** struct nfgenmsg */
function general(family: number, resource: number): Uint8Array {
  return Uint8Array.of(family, 0, resource >>> 8, resource & 255);
}

function nested(type: number, ...parts: Uint8Array[]): Uint8Array {
  return attribute(type | NLA_F_NESTED, ...parts);
}

function text(type: number, value: string): Uint8Array {
  return attribute(type, new TextEncoder().encode(`${value}\0`));
}

/** In network order, as all of nf_tables. */
function number(type: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return attribute(type, bytes);
}
