/** Cuts networks to their first address, as EC2 does with what it is given. */
import { isIPv4, isIPv6 } from "node:net";
import { AwsError } from "../wire/aws-error.ts";

/** `10.1.2.3/16` becomes `10.1.0.0/16`. @throws InvalidParameterValue when it is no network */
export function cutToNetwork(cidr: string): string {
  const [address = "", length = "", ...more] = cidr.split("/");
  const bits = isIPv4(address) ? 32 : 128;
  const isRight = more.length === 0 && /^\d+$/.test(length) && Number(length) <= bits;
  if (!isRight || !(isIPv4(address) || isIPv6(address)))
    throw new AwsError("InvalidParameterValue", `CIDR block ${cidr} is malformed`);
  const hostBits = BigInt(bits - Number(length));
  const cut = (numberOf(address) >> hostBits) << hostBits;
  return `${bits === 32 ? ipv4Of(cut) : ipv6Of(cut)}/${Number(length)}`;
}

function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  // The URL parser writes every IPv6 address in its one short form, without a dotted end.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = (tail ?? "").split(":").filter((group) => group !== "");
  const middle = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...middle, ...after].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function ipv4Of(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join(".");
}

function ipv6Of(number: bigint): string {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) =>
    ((number >> shift) & 65535n).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
