/** Runs a filter as the kernel does (classic BPF, networking/filter in its documentation): whether a frame passes. */

export interface Arrived {
  readonly frame: Uint8Array;
  /** PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4 */
  readonly type: number;
  readonly index: number;
}

export function passes(program: Uint8Array, { frame, type, index }: Arrived): boolean {
  const code = new DataView(program.buffer);
  const bytes = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let a = 0;
  for (let at = 0; ; ) {
    const [opcode, jt, jf, k] = [
      code.getUint16(at, true),
      program[at + 2] ?? 0,
      program[at + 3] ?? 0,
      code.getUint32(at + 4, true),
    ];
    at += 8;
    const jump = (condition: boolean) => {
      at += 8 * (condition ? jt : jf);
    };
    switch (opcode) {
      case 0x20:
        if (k === 0xffff_f004) a = type;
        else if (k === 0xffff_f008) a = index;
        else if (k + 4 > frame.length) return false;
        else a = bytes.getUint32(k);
        break;
      case 0x28:
        if (k + 2 > frame.length) return false;
        a = bytes.getUint16(k);
        break;
      case 0x30:
        if (k + 1 > frame.length) return false;
        a = bytes.getUint8(k);
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x15:
        jump(a === k);
        break;
      case 0x25:
        jump(a > k);
        break;
      case 0x35:
        jump(a >= k);
        break;
      case 0x06:
        return k !== 0;
      default:
        throw new Error(`no such instruction: ${opcode}`);
    }
  }
}
