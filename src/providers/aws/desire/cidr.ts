/** CIDRs as EC2 writes them. */
import { familyBits, formatAddress, type IPFamily } from "../../../core/ip/address.ts";
import { parseRange, rangeContains } from "../../../core/ip/range.ts";

/** Host bits cleared, with prefix length, IPv6 in lower case (RFC 5952); what can't be read stays as it is. */
export function canonicalCidr(text: string): string {
  const parsed = parseRange(text.trim());
  if (!parsed.ok) return text.trim();
  const { family, first } = parsed.range;
  const prefix = text.split("/")[1]?.trim() ?? String(familyBits[family]);
  return `${formatAddress({ family, value: first })}/${prefix}`;
}

export function familyOfCidr(text: string): IPFamily {
  return text.includes(":") ? "IPv6" : "IPv4";
}

/** Whether an address, or all of a CIDR, is within a CIDR. */
export function isWithin(text: string, cidr: string | undefined): boolean {
  const range = cidr === undefined ? undefined : parseRange(cidr);
  const inner = parseRange(text);
  if (range?.ok !== true || !inner.ok) return false;
  const { family, first, last } = inner.range;
  return (
    rangeContains(range.range, { family, value: first }) &&
    rangeContains(range.range, { family, value: last })
  );
}
