/** Addresses as the kernel and the wire have them: bytes in network order, and the canonical text for them. */
import { formatAddress, parseAddress } from "../../core/ip/address.ts";

/** 4 or 16 bytes. Throws on what is no address: those that come here were read before. */
export function addressBytes(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new RangeError(parsed.message);
  const { family, value } = parsed.address;
  const hex = value.toString(16).padStart(family === "IPv4" ? 8 : 32, "0");
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  return formatAddress({ family: "IPv6", value: BigInt(`0x${Buffer.from(bytes).toString("hex")}`) });
}

/** Lower case with colons; "" of no bytes. */
export function macText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/..(?=.)/g, "$&:");
}

export function macBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(":", ""), "hex"));
}
