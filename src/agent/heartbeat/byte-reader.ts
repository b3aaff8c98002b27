/** Reads what `ByteWriter` wrote. Bytes from outside: nothing is believed, and nothing is allocated that they only announce. */

/** What was read is not what was expected; the message says what. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

export interface ByteReader {
  byte(): number;
  number(): number;
  short(): Uint8Array;
  text(): string;
  list<T>(read: () => T): T[];
  /** @throws UnreadableError when something is left */
  end(): void;
}

/** What is not UTF-8 is refused. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws UnreadableError, each of its functions, when the bytes end too early or are something else */
export function createByteReader(bytes: Uint8Array): ByteReader {
  let at = 0;
  const left = () => bytes.length - at;
  const reader: ByteReader = {
    byte() {
      const value = bytes[at];
      if (value === undefined) throw new UnreadableError("it ends too early");
      at += 1;
      return value;
    },
    number() {
      let value = 0;
      for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
        const byte = reader.byte();
        value += (byte & 0x7f) * scale;
        if (byte >= 0x80) continue;
        // The same number in more bytes than it needs is no other text for it.
        if (!Number.isSafeInteger(value) || (byte === 0 && scale > 1)) break;
        return value;
      }
      throw new UnreadableError("a number is out of bounds");
    },
    short() {
      const length = reader.byte();
      if (length > left()) throw new UnreadableError("it ends too early");
      at += length;
      return bytes.subarray(at - length, at);
    },
    text() {
      const short = reader.short();
      try {
        return decoder.decode(short);
      } catch {
        throw new UnreadableError("a text is not UTF-8");
      }
    },
    list(read) {
      const length = reader.number();
      // Each item takes a byte at least.
      if (length > left()) throw new UnreadableError("it ends too early");
      return Array.from({ length }, read);
    },
    end() {
      if (left() > 0) throw new UnreadableError(`${left()} bytes are left over`);
    },
  };
  return reader;
}
