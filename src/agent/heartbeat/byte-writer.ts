/** Bytes of growing length: numbers as varints (LEB128), texts and byte strings after their length. */

export interface ByteWriter {
  byte(value: number): void;
  /** A whole number from 0 to `Number.MAX_SAFE_INTEGER`. */
  number(value: number): void;
  /** At most 255 bytes. */
  short(bytes: Uint8Array): void;
  text(text: string): void;
  list<T>(items: readonly T[], write: (item: T) => void): void;
  /** What was written. */
  done(): Uint8Array;
}

const encoder = new TextEncoder();

export function createByteWriter(): ByteWriter {
  let bytes = new Uint8Array(512);
  let length = 0;
  const room = (wanted: number): void => {
    if (length + wanted <= bytes.length) return;
    const longer = new Uint8Array(Math.max(2 * bytes.length, length + wanted));
    longer.set(bytes);
    bytes = longer;
  };
  const writer: ByteWriter = {
    byte(value) {
      room(1);
      bytes[length] = value;
      length += 1;
    },
    number(value) {
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RangeError(`Cannot write ${value} as a number`);
      let rest = value;
      // Not with shifts: those have 32 bits.
      while (rest >= 0x80) {
        writer.byte((rest % 0x80) | 0x80);
        rest = Math.floor(rest / 0x80);
      }
      writer.byte(rest);
    },
    short(value) {
      if (value.length > 255) throw new RangeError(`Cannot write ${value.length} bytes where 255 fit`);
      writer.byte(value.length);
      room(value.length);
      bytes.set(value, length);
      length += value.length;
    },
    text: (text) => writer.short(encoder.encode(text)),
    list(items, write) {
      writer.number(items.length);
      for (const item of items) write(item);
    },
    done: () => bytes.slice(0, length),
  };
  return writer;
}
