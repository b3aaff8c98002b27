/** How a reconcile says what should happen after its failure. */

const terminalBrand = Symbol.for("fairlead.io/terminal-error");
const retryAfterBrand = Symbol.for("fairlead.io/retry-after-error");

/** Trying again is pointless until the object (or something the controller watches) changes. Not requeued. */
export class TerminalError extends Error {
  readonly [terminalBrand] = true;
  override readonly name = "TerminalError";
}

/** Try again after exactly `retryAfterMs`. The count of failures neither grows nor is reset. */
export class RetryAfterError extends Error {
  readonly [retryAfterBrand] = true;
  override readonly name = "RetryAfterError";
  readonly retryAfterMs: number;

  /** @param retryAfterMs 0 or more; a malformed one (NaN, negative, infinite) counts as 0. */
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = Number.isFinite(retryAfterMs) ? Math.max(0, retryAfterMs) : 0;
  }
}

/** True when the error or one of its causes is a `TerminalError`. */
export function isTerminal(error: unknown): boolean {
  return causes(error).some((one) => terminalBrand in one);
}

/** The delay that the error, or the outermost of its causes that has one, asks for; ms. */
export function retryAfterOf(error: unknown): number | undefined {
  for (const one of causes(error)) {
    if (retryAfterBrand in one) return (one as RetryAfterError).retryAfterMs;
  }
  return undefined;
}

/** The message of whatever was thrown, for conditions, Events and logs. */
export function messageOf(error: unknown): string {
  if (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  ) {
    return error.message;
  }
  return String(error);
}

/** Nobody nests deeper, and a cycle must end. */
const deepestCause = 10;

function causes(error: unknown): object[] {
  const chain: object[] = [];
  let next = error;
  while (typeof next === "object" && next !== null && chain.length < deepestCause) {
    chain.push(next);
    next = "cause" in next ? next.cause : undefined;
  }
  return chain;
}
