/**
 * System calls that Node.js does not have, by way of koffi: the one file that knows it. Synchronous, and bare: bytes, numbers and
 * errors of the kernel. See the manual pages of section 2 for each.
 */
import { getSystemErrorMap } from "node:util";

/** Numbers of the kernel that callers need, as in its headers; the same on all architectures that koffi has binaries for. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;

export interface SystemCalls {
  /** CLOCK_BOOTTIME in milliseconds, with fractions: runs on while the machine sleeps, and is never set. */
  bootTime(): number;
  /** socket(2). Always close-on-exec and non-blocking. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): void;
  /** setsockopt(2); a number is an int. */
  setOption(fd: number, level: number, name: number, value: Uint8Array | number): void;
  /** getsockopt(2) into `into`, as much as there is room for. */
  getOption(fd: number, level: number, name: number, into: Uint8Array): void;
  /** setsockopt(2) of SO_ATTACH_FILTER: `program` is an array of struct sock_filter. Replaces the one before atomically. */
  attachFilter(fd: number, program: Uint8Array): void;
  /** sendto(2). `false`: the send buffer is full, and nothing was sent. */
  send(fd: number, bytes: Uint8Array, address?: Uint8Array): boolean;
  /** recvfrom(2) into `into`; the sender's address into `from`. undefined: nothing is there. */
  receive(fd: number, into: Uint8Array, from?: Uint8Array): number | undefined;
  /** poll(2) for reading; gives the readable ones (with an error counts as readable: reading tells). -1: waits for ever. */
  poll(fds: readonly number[], timeoutMs: number): number[];
  /** eventfd(2), non-blocking. */
  eventFd(): number;
  /** Wakes whoever polls the eventfd. */
  signal(fd: number): void;
  /** Takes back what `signal` did. */
  clearSignal(fd: number): void;
  close(fd: number): void;
}

/** A call that the kernel refused. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly call: string;
  /** Such as `EPERM`. */
  readonly code: string;

  constructor(call: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, "unknown error"];
    super(`${call}: ${code} (${text})`);
    this.call = call;
    this.code = code;
  }
}

/** Does it. Gives what the kernel refused; @throws everything else. */
export function refusalOf(act: () => void): SystemCallError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof SystemCallError) return error;
    throw error;
  }
}

const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const CLOCK_BOOTTIME = 7;
const POLLIN = 1;
const POLLNVAL = 32;
const MSG_DONTWAIT = 0x40;
const pollEntryBytes = 8;
const longestPollMs = 2 ** 31 - 1;

/** Loads koffi, which takes some 20 ms and 6 MiB. Throws where there is no binary of it for this machine. */
export async function loadSystemCalls(): Promise<SystemCalls> {
  const { default: koffi } = await import("koffi");
  // null: what the process itself is linked with, whichever C library that is.
  const library = koffi.load(null);
  const anonymous = (definition: Record<string, string>) => koffi.struct(null, definition);
  const socket = library.func("int socket(int, int, int)");
  const bind = library.func("int bind(int, const void *, uint32_t)");
  const setsockopt = library.func("int setsockopt(int, int, int, const void *, uint32_t)");
  const getsockopt = library.func("int getsockopt(int, int, int, void *, void *)");
  const filterProgram = anonymous({ length: "uint16_t", instructions: "const void *" });
  const setFilter = library.func("setsockopt", "int", [
    "int",
    "int",
    "int",
    koffi.pointer(filterProgram),
    "uint32_t",
  ]);
  const sendto = library.func("intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)");
  const recvfrom = library.func("intptr_t recvfrom(int, void *, size_t, int, void *, void *)");
  const poll = library.func("int poll(void *, unsigned long, int)");
  const eventfd = library.func("int eventfd(unsigned int, int)");
  const read = library.func("intptr_t read(int, void *, size_t)");
  const write = library.func("intptr_t write(int, const void *, size_t)");
  const close = library.func("int close(int)");
  const clockGettime = library.func("int clock_gettime(int, void *)");

  const { errno: codes } = koffi.os;
  const isOneOf = (errno: number, ...names: string[]) => names.some((name) => codes[name] === errno);
  /** errno is read first of all: anything that runs in between may set it. */
  function orThrow(call: string, result: number): number {
    if (result >= 0) return result;
    throw new SystemCallError(call, koffi.errno());
  }

  const time = new BigInt64Array(2);
  const int = new Int32Array(1);
  const length = new Uint32Array(1);
  const count = new BigUint64Array(1);
  let pollEntries = new DataView(new ArrayBuffer(16 * pollEntryBytes));

  return {
    bootTime() {
      orThrow("clock_gettime", clockGettime(CLOCK_BOOTTIME, time));
      return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
    },
    socket: (domain, type, protocol) =>
      orThrow("socket", socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)),
    bind: (fd, address) => void orThrow("bind", bind(fd, address, address.length)),
    setOption(fd, level, name, value) {
      if (typeof value === "number") int[0] = value;
      const bytes = typeof value === "number" ? int : value;
      orThrow("setsockopt", setsockopt(fd, level, name, bytes, bytes.byteLength));
    },
    getOption(fd, level, name, into) {
      length[0] = into.byteLength;
      orThrow("getsockopt", getsockopt(fd, level, name, into, length));
    },
    attachFilter(fd, program) {
      const value = { length: program.length / 8, instructions: program };
      orThrow("setsockopt", setFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, koffi.sizeof(filterProgram)));
    },
    send(fd, bytes, address) {
      const sent: number = sendto(
        fd,
        bytes,
        bytes.length,
        MSG_DONTWAIT,
        address ?? null,
        address?.length ?? 0,
      );
      if (sent >= 0) return true;
      const errno = koffi.errno();
      if (isOneOf(errno, "EAGAIN", "EWOULDBLOCK", "ENOBUFS")) return false;
      throw new SystemCallError("sendto", errno);
    },
    receive(fd, into, from) {
      length[0] = from?.length ?? 0;
      const got: number = recvfrom(fd, into, into.length, MSG_DONTWAIT, from ?? null, from ? length : null);
      if (got >= 0) return got;
      const errno = koffi.errno();
      if (isOneOf(errno, "EAGAIN", "EWOULDBLOCK", "EINTR")) return undefined;
      throw new SystemCallError("recvfrom", errno);
    },
    poll(fds, timeoutMs) {
      if (pollEntries.byteLength < fds.length * pollEntryBytes)
        pollEntries = new DataView(new ArrayBuffer(2 * fds.length * pollEntryBytes));
      for (const [index, fd] of fds.entries()) {
        pollEntries.setInt32(index * pollEntryBytes, fd, true);
        pollEntries.setInt32(index * pollEntryBytes + 4, POLLIN, true);
      }
      const timeout = timeoutMs < 0 ? -1 : Math.min(Math.ceil(timeoutMs), longestPollMs);
      const ready: number = poll(pollEntries, fds.length, timeout);
      if (ready < 0 && isOneOf(koffi.errno(), "EINTR")) return [];
      if (orThrow("poll", ready) === 0) return [];
      const events = (index: number) => pollEntries.getInt16(index * pollEntryBytes + 6, true);
      return fds.filter((fd, index) => {
        // Would be reported at once for ever.
        if (events(index) & POLLNVAL) throw new Error(`Cannot poll file descriptor ${fd}: it is closed`);
        return events(index) !== 0;
      });
    },
    eventFd: () => orThrow("eventfd", eventfd(0, SOCK_NONBLOCK | SOCK_CLOEXEC)),
    signal(fd) {
      count[0] = 1n;
      orThrow("write", write(fd, count, count.byteLength));
    },
    clearSignal: (fd) => void read(fd, count, count.byteLength),
    close: (fd) => void orThrow("close", close(fd)),
  };
}
