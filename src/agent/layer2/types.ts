/** What the network thread asks of layer 2, and what it is told. Everything is synchronous. */
import type { Link } from "../linux/link.ts";
import type { Layer2Mode } from "../world.ts";

/**
 * Makes addresses of this node known on its wires, and sees who else uses them.
 *
 * Calls only note what is wanted: sockets, filters, group memberships and frames follow in `tick`, which is due at once after them
 * (`nextDue()`) and is meant to be called at the end of each turn of the loop. Many changes in one turn then cost one filter.
 * Only `release` and `answerUntil` take effect in the moment: from then on nothing is answered.
 */
export interface Layer2 {
  /** To be polled for reading. Changes with `tick` and `setLinks`. */
  fds(): readonly number[];
  /** Reads what is there, a bounded part of it. Answers, and tells of frames through `onFrame`. */
  onReadable(fd: number): void;
  /** All interfaces, whenever one has changed, skipped ones too. On links that came up or have another hardware address, addresses are announced anew. */
  setLinks(links: readonly Link[]): void;
  /**
   * Answers for the address on these interfaces (undefined: on all that are not skipped) and announces it. Said again with the same epoch
   * it changes nothing but the interfaces. An interface that is not there counts from when it appears.
   */
  hold(wanted: Held): void;
  /** No answer and no announcement goes out from now on. A bound address is taken off its interfaces. */
  release(address: string): void;
  /**
   * Asks once, now, on these interfaces (undefined: all) whether anybody has the address: RFC 5227 §2.1.1, RFC 4862 §5.4.2.
   * Who answers within 3 s is told through `onFrame`. Frames about held addresses are told as well.
   */
  probe(address: string, interfaces: readonly string[] | undefined): void;
  /** Whether frames were lost since this was last asked: more came than there was room for. */
  hasLost(): boolean;
  /** Until when frames may be sent for held addresses, CLOCK_BOOTTIME: looked at before each one. At first nothing is. */
  answerUntil(deadline: number): void;
  /** When `tick` wants to be called, CLOCK_BOOTTIME; undefined: nothing is due. */
  nextDue(): number | undefined;
  tick(now: number): void;
  counters(): readonly Layer2Counters[];
  /** Bound addresses are taken off, sockets closed. Nothing else may be called after it. */
  close(): void;
}

export interface Held {
  readonly address: string;
  readonly interfaces: readonly string[] | undefined;
  readonly epoch: number;
  readonly mode: Layer2Mode;
}

/** Somebody else's frame about an address that is held or was probed for. Never one of this node's own. */
export interface SeenFrame {
  readonly address: string;
  /** Name of the interface on which it came in. */
  readonly interface: string;
  /** The hardware address that has, or wants, the address. */
  readonly mac: string;
  /**
   * `reply`: an answer to a question. `announcement`: says unasked that it has the address; also whoever uses it as its own
   * address in a request. `probe`: asks whether it may take the address.
   */
  readonly what: "reply" | "announcement" | "probe";
}

/** Counted for as long as the address is held, by address and interface. */
export interface Layer2Counters {
  readonly address: string;
  readonly interface: string;
  /** For bound addresses too, which the kernel answers for: those answers are not counted. */
  readonly requests: number;
  readonly answers: number;
  readonly announcements: number;
}
