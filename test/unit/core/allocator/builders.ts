/** Pools, requests and answers in few words. */
import type {
  Allocation,
  AllocationRequest,
  PoolConfig,
  Sharing,
} from "../../../../src/core/allocator/contract.ts";
import { formatAddress, type IPAddress, parseAddress } from "../../../../src/core/ip/address.ts";
import { type AddressRange, parseRange } from "../../../../src/core/ip/range.ts";

export function ip(text: string): IPAddress {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

export function range(text: string): AddressRange {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.range;
}

export function pool(name: string, ranges: string[], rest: Partial<PoolConfig> = {}): PoolConfig {
  return { name, ranges: ranges.map(range), autoAssign: true, avoidBuggyIPs: false, priority: 0, ...rest };
}

/** `ports` as in `TCP/80`; `addresses` as text. */
export interface Wish extends Partial<Omit<AllocationRequest, "addresses" | "ports" | "sharing">> {
  addresses?: string[];
  ports?: string[];
  sharing?: Partial<Sharing> | undefined;
}

export function request(id: string, wish: Wish = {}): AllocationRequest {
  const { addresses = [], ports = ["TCP/80"], sharing, ...rest } = wish;
  return {
    id,
    namespace: "default",
    name: id,
    labels: {},
    families: ["IPv4"],
    familyPolicy: "SingleStack",
    order: id,
    ...rest,
    addresses: addresses.map(ip),
    ports: ports.map((text) => {
      const [protocol = "", port] = text.split("/");
      return { protocol, port: Number(port) };
    }),
    sharing: sharing && { key: "k", backend: "", scope: "default", ...sharing },
  };
}

/** An answer in one line: addresses, then the reasons of what is not as asked for. */
export function said(allocation: Allocation): string {
  if (allocation.state === "pending") return allocation.problem.reason;
  const reasons = allocation.problems.map(({ reason }) => reason);
  return [...allocation.holding.addresses.map(formatAddress), ...reasons].join(" ");
}

export function messageOf(allocation: Allocation): string {
  if (allocation.state === "pending") return allocation.problem.message;
  return allocation.problems.map(({ message }) => message).join("\n");
}
