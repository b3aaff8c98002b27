/** An error whose message is all that the user needs: it is printed without a stack. */

const brand = Symbol.for("fairlead.cli.UserError");

export class UserError extends Error {
  /** What to do about it, on lines of its own below the message. */
  readonly advice: readonly string[];

  constructor(message: string, ...advice: readonly string[]) {
    super(message);
    this.name = "UserError";
    this.advice = advice;
    Object.defineProperty(this, brand, { value: true });
  }
}

export function isUserError(error: unknown): error is UserError {
  return typeof error === "object" && error !== null && brand in error;
}
