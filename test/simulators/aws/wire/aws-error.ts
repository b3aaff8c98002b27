/** A refusal that the client gets as an error of AWS. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The refusal of a value that no state of the world would make right. */
export function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message);
}

/** The refusal of values that don't go together. */
export function badConfiguration(message: string): AwsError {
  return new AwsError("InvalidConfigurationRequest", message);
}
