/** The error of work that may not go on because the Lease is not held. */

const brand = Symbol.for("fairlead.io/lease-lost-error");

/** Thrown by an elector's `guard`, and the reason of the signal that leading work gets when the Lease is lost. */
export class LeaseLostError extends Error {
  readonly [brand] = true;
  override readonly name = "LeaseLostError";
}

export function isLeaseLost(error: unknown): error is LeaseLostError {
  return typeof error === "object" && error !== null && brand in error;
}
