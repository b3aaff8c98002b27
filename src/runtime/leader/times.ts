/** The three times of an election and the order that makes it safe. */

export interface ElectionTimes {
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** @throws RangeError when leaseMs is not whole seconds, or leaseMs > renewDeadlineMs > 1.2 × retryMs does not hold. */
export function checkTimes({ leaseMs, renewDeadlineMs, retryMs }: ElectionTimes): void {
  if (!(leaseMs >= 1000) || leaseMs % 1000 !== 0) {
    throw new RangeError(`leaseMs ${leaseMs} is not a whole number of seconds`);
  }
  if (!(renewDeadlineMs < leaseMs)) {
    throw new RangeError(`renewDeadlineMs ${renewDeadlineMs} is not below leaseMs ${leaseMs}`);
  }
  if (!(retryMs > 0 && retryMs * 1.2 < renewDeadlineMs)) {
    throw new RangeError(
      `retryMs ${retryMs} is not above 0 with 1.2 times of it below renewDeadlineMs ${renewDeadlineMs}`,
    );
  }
}
