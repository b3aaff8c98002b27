/** A neighbour solicitation in somebody's name (RFC 4861 §4.3): the question whose answers are measured. */
import { ndpProbe, readNdp } from "../../../src/agent/layer2/ndp.ts";
import { addressBytes } from "../../../src/agent/linux/address-bytes.ts";

const at = { payloadLength: 18, source: 22, icmp: 54, checksum: 56, options: 78 };

export function solicitation(mac: Uint8Array, asker: string, target: string): Uint8Array {
  const probe = ndpProbe(mac, target);
  const frame = new Uint8Array(probe.length + 8);
  frame.set(probe);
  frame[at.payloadLength + 1] = 32;
  frame.set(addressBytes(asker), at.source);
  // Source link-layer address.
  frame.set([1, 1, ...mac], at.options);
  frame.set([0, 0], at.checksum);
  let sum = 32 + 58;
  for (let from = at.source; from < frame.length; from += 2)
    sum += ((frame[from] ?? 0) << 8) | (frame[from + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.set([(~sum >>> 8) & 255, ~sum & 255], at.checksum);
  if (readNdp(frame) === undefined) throw new Error(`no valid question for ${target}`);
  return frame;
}
