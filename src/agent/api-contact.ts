/** What the protocol is told of the API server's being reached: never before what is known is as new as that. */

export interface ApiContactOptions {
  /** A request that was sent then (CLOCK_BOOTTIME, ms) was answered, and what is known is not older. */
  readonly reached: (at: number) => void;
  /** Brings all that is known up to what the server has. Resolves when that is done and passed on. */
  readonly refresh: () => Promise<void>;
  /** CLOCK_BOOTTIME, ms. */
  readonly now: () => number;
}

export interface ApiContact {
  /** A request that was sent then was answered. */
  answered(at: number): void;
  /** When the last request was sent of which the protocol was told; undefined before the first. */
  readonly reachedAt: number | undefined;
}

/** From one request to the next that was answered. They go out every 3 s and are given up after 2.5 s: one that was lost is no gap yet. */
export const gapMs = 8_000;
/** From such a request to the answer of the next: one that was on its way during an outage is answered after it. Before anybody takes the node for blind. */
const answerGapMs = 9_000;

/**
 * After a gap, watches may be dead without anybody having noticed: a node that answers the API server's requests again would take
 * addresses by what it knew before. So everything is read anew first.
 */
export function createApiContact({ reached, refresh, now }: ApiContactOptions): ApiContact {
  let reachedAt: number | undefined;
  let refreshing = false;
  const tell = (at: number): void => {
    reachedAt = Math.max(at, reachedAt ?? at);
    reached(at);
  };
  return {
    answered(at) {
      if (refreshing) return;
      if (reachedAt === undefined || (at - reachedAt <= gapMs && now() - reachedAt <= answerGapMs)) {
        tell(at);
        return;
      }
      refreshing = true;
      const begun = now();
      void refresh().then(
        () => {
          refreshing = false;
          tell(begun);
        },
        () => {
          refreshing = false;
        },
      );
    },
    get reachedAt() {
      return reachedAt;
    },
  };
}
