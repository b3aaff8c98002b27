/**
 * System calls that Node.js does not have, by way of koffi: the one file that knows it. Synchronous, and bare: bytes, numbers and
 * errors of the kernel. See the manual pages of section 2 for each.
 */
import { getSystemErrorMap } from "node:util";

export interface SystemCalls {
  /** CLOCK_BOOTTIME in milliseconds, with fractions: runs on while the machine sleeps, and is never set. */
  bootTime(): number;
  /** socket(2). Always close-on-exec and non-blocking. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): void;
  /** setsockopt(2); a number is an int. */
  setOption(fd: number, level: number, name: number, value: Uint8Array | number): void;
  /** getsockopt(2) of an int. */
  getOption(fd: number, level: number, name: number): number;
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
