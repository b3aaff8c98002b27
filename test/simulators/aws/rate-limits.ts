/** Token buckets, one for each service that has a limit. */
import type { RateLimit } from "./types.ts";
import { AwsError } from "./wire/aws-error.ts";

export interface RateLimiter {
  /** @throws what the service answers when there are too many calls */
  take(service: string, limit: RateLimit | undefined): void;
  clear(): void;
}

export function createRateLimiter(nowMs: () => number): RateLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(service, limit) {
      if (limit === undefined) return;
      const now = nowMs();
      const { tokens, atMs } = buckets.get(service) ?? { tokens: limit.burst, atMs: now };
      const full = Math.min(limit.burst, tokens + ((now - atMs) / 1000) * limit.perSecond);
      buckets.set(service, { tokens: full < 1 ? full : full - 1, atMs: now });
      if (full < 1) throw tooMany(service);
    },
    clear: () => buckets.clear(),
  };
}

/** "Common Errors" of each API Reference. */
function tooMany(service: string): AwsError {
  return service === "ec2"
    ? new AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    : new AwsError("Throttling", "Rate exceeded");
}
