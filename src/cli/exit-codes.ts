/** With which code the process ends, for all commands. */

export const exitCodes = {
  /** All went well. */
  ok: {
    code: 0,
    meaning: "All went well; `controller` and `agent`: it was told to stop, and stopped in order.",
  },
  /** Usage, input, configuration, or an API server that can't be reached. */
  failed: {
    code: 1,
    meaning:
      "It could not be done: a wrong flag, a file that can't be read, an API server that can't be reached or refuses; `agent`: another start is the cure. Restart it.",
  },
  /** It was done, and what was looked at has problems. */
  problems: {
    code: 2,
    meaning:
      "`validate`, `plan`, `drift` and `orphans`: what was looked at has problems, differs, or should not be there; it is in the output.",
  },
  /** Only `controller`. */
  leaseLost: {
    code: 3,
    meaning:
      "`controller`: the lease was lost, and the process ended at once so that it writes nothing any more. Restart it.",
  },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;
