/** What ARP and neighbour discovery have in common: somebody asks for an address, or says that it has one. */

export type Packet =
  /** Who has `target`? */
  | {
      readonly kind: "question";
      readonly target: string;
      readonly askerMac: Uint8Array;
      /** undefined: has no address yet, and asks whether it may take the target. */
      readonly asker: string | undefined;
    }
  /** `mac` has `address`; `solicited`: somebody asked. */
  | {
      readonly kind: "claim";
      readonly address: string;
      readonly mac: Uint8Array;
      readonly solicited: boolean;
    };

/** Whom an answer is for. */
export interface Asker {
  readonly mac: Uint8Array;
  readonly address: string | undefined;
}

export const BROADCAST = new Uint8Array(6).fill(0xff);
const ethernetHeaderBytes = 14;

/** A frame with its header written and `payloadBytes` of zeros behind it. */
export function newFrame(
  to: Uint8Array,
  from: Uint8Array,
  protocol: number,
  payloadBytes: number,
): Uint8Array {
  const frame = new Uint8Array(ethernetHeaderBytes + payloadBytes);
  frame.set(to, 0);
  frame.set(from, 6);
  frame[12] = protocol >>> 8;
  frame[13] = protocol & 255;
  return frame;
}
