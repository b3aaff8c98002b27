/**
 * The guard of bound addresses: a table of nf_tables that keeps everything away from the node's own programs that comes for such an
 * address, but for what an address needs to be one (ping, neighbour discovery, errors on the way). Without it everything that listens on
 * all addresses of the node, from sshd to the kubelet, could be reached on the addresses of Services.
 *
 * Services are not touched: kube-proxy has given their packets another destination before, or (IPVS) takes them in the same hook at
 * priorities 98 and 99.
 */
import { addressBytes, addressText } from "../linux/address-bytes.ts";
import {
  exchange,
  listAttributes,
  NLM_F_DUMP,
  openNetlink,
  readAttributes,
  viewOf,
} from "../linux/netlink.ts";
import {
  accept,
  batch,
  deleteElements,
  deleteTable,
  drop,
  getChain,
  getElements,
  isByte,
  isIn,
  jumpTo,
  loadFamily,
  loadNetwork,
  loadProtocol,
  loadTransport,
  NETLINK_NETFILTER,
  newChain,
  newElements,
  newInputChain,
  newRule,
  newSet,
  newTable,
} from "../linux/nftables.ts";
import { SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { familyOf } from "./wire.ts";

export interface Guard {
  /** What is guarded, by whom ever it was put there. Empty where there is no guard. */
  guarded(): string[];
  /** Puts the guard up, over these addresses and no others. */
  install(addresses: Iterable<string>): void;
  /** Whether it is still as it was put up: who reloads a firewall may sweep it away. */
  isIntact(): boolean;
  add(address: string): void;
  remove(address: string): void;
  /** Takes it down. No matter whether it is there. */
  uninstall(): void;
  close(): void;
}

const table = "fairlead";
const input = "input";
const inspect = "inspect";
/** Behind kube-proxy's IPVS and everything else in this hook. */
const priority = 110;
const families = {
  IPv4: { set: "bound4", id: 1, keyType: 7, keyBytes: 4, family: 2, destination: 16, icmp: 1 },
  IPv6: { set: "bound6", id: 2, keyType: 8, keyBytes: 16, family: 10, destination: 24, icmp: 58 },
} as const;
/** Echo request; unreachable, time exceeded, parameter problem. */
const icmpTypes = [8, 3, 11, 12];
/** Echo request; unreachable, too big, time exceeded, parameter problem; neighbour solicitation and advertisement. */
const icmpv6Types = [128, 1, 2, 3, 4, 135, 136];
const attributeOf = { chainUse: 6, elements: 3, key: 1, value: 1 };
const generalBytes = 4;
/** Of 28 bytes at most: the length of their list has 16 bits. */
const elementsInMessage = 1024;
/** The two that lead to it. */
const inputRules = 2;

export function createGuard(calls: SystemCalls): Guard {
  let fd: number | undefined;
  const ask = (requests: readonly Uint8Array[], doing: string) => {
    fd ??= openNetlink(calls, NETLINK_NETFILTER);
    return exchange(calls, fd, requests, doing);
  };
  const elementsOf = ({ set }: { set: string }): string[] => {
    const answers = orNothing(() => ask([getElements(table, set, NLM_F_DUMP)], "read the guard"));
    return answers.flatMap(({ payload }) => addressesIn(payload));
  };
  const change = (address: string, make: typeof newElements, doing: string) => {
    const { set } = families[familyOf(address)];
    ask(batch([make(table, set, [addressBytes(address)])]), doing);
  };

  return {
    guarded: () => Object.values(families).flatMap(elementsOf),
    install(addresses) {
      // Creating a table that exists changes nothing, so that it can be deleted whether it was there or not.
      ask(batch([newTable(table), deleteTable(table), ...rules([...addresses])]), "put up the guard");
    },
    isIntact() {
      const [answer] = orNothing(() => ask([getChain(table, input)], "look at the guard"));
      const use = answer && readAttributes(answer.payload.subarray(generalBytes)).get(attributeOf.chainUse);
      return use !== undefined && viewOf(use).getUint32(0) === inputRules;
    },
    add: (address) => change(address, newElements, `guard ${address}`),
    remove(address) {
      orNothing(() => {
        change(address, deleteElements, `guard ${address} no longer`);
        return [];
      });
    },
    uninstall() {
      orNothing(() => ask(batch([deleteTable(table)]), "take down the guard"));
    },
    close() {
      if (fd !== undefined) calls.close(fd);
    },
  };
}

function rules(addresses: readonly string[]): Uint8Array[] {
  const kinds = Object.values(families);
  return [
    newTable(table),
    ...kinds.map((kind) => newSet(table, kind.set, kind)),
    newChain(table, inspect),
    newInputChain(table, input, priority),
    ...[...icmpTypes.map((type) => [1, type]), ...icmpv6Types.map((type) => [58, type])].map(
      ([protocol = 0, type = 0]) =>
        newRule(table, inspect, [loadProtocol, isByte(protocol), loadTransport(0, 1), isByte(type), accept]),
    ),
    newRule(table, inspect, [drop]),
    ...kinds.map(({ family, destination, keyBytes, set, id }) =>
      newRule(table, input, [
        loadFamily,
        isByte(family),
        loadNetwork(destination, keyBytes),
        isIn(set, id),
        jumpTo(inspect),
      ]),
    ),
    ...kinds.flatMap(({ set }) => {
      const keys = addresses.filter((one) => families[familyOf(one)].set === set).map(addressBytes);
      return chunksOf(keys).map((some) => newElements(table, set, some));
    }),
  ];
}

/** Not one message each: the kernel acknowledges every one before the first is read, and there is room for some hundred. */
function chunksOf(keys: readonly Uint8Array[]): Uint8Array[][] {
  const count = Math.ceil(keys.length / elementsInMessage);
  return Array.from({ length: count }, (_, at) =>
    keys.slice(at * elementsInMessage, (at + 1) * elementsInMessage),
  );
}

function addressesIn(payload: Uint8Array): string[] {
  const list = readAttributes(payload.subarray(generalBytes)).get(attributeOf.elements);
  return listAttributes(list ?? new Uint8Array()).flatMap(([, element]) => {
    const key = readAttributes(element).get(attributeOf.key);
    const value = key && readAttributes(key).get(attributeOf.value);
    return value === undefined ? [] : [addressText(value)];
  });
}

/** What is not there, is not there. */
function orNothing<T>(act: () => T[]): T[] {
  try {
    return act();
  } catch (error) {
    if (error instanceof SystemCallError && error.code === "ENOENT") return [];
    throw error;
  }
}
