/** A reading that several wait for: it goes on as long as one of them does. */
import { untilAborted } from "../../../runtime/until-aborted.ts";

export interface SharedRead<T> {
  /** @throws what the reading does, or the signal's reason as soon as it aborts. */
  wait(signal: AbortSignal): Promise<T>;
  /** It failed, or all who waited have left before it ended. */
  isUseless(): boolean;
}

/** Begins at once. */
export function shareRead<T>(read: (signal: AbortSignal) => Promise<T>): SharedRead<T> {
  const nobody = new AbortController();
  let waiting = 0;
  let state: "reading" | "read" | "useless" = "reading";
  const value = read(nobody.signal);
  value.then(
    () => {
      state = "read";
    },
    () => {
      state = "useless";
    },
  );
  return {
    isUseless: () => state === "useless",
    async wait(signal) {
      waiting += 1;
      try {
        return await untilAborted(value, signal);
      } finally {
        waiting -= 1;
        if (waiting === 0 && state === "reading") {
          state = "useless";
          nobody.abort(signal.reason);
        }
      }
    },
  };
}
