/** Decides which calls fail. */
import type { AwsCall, CallPhase, Fault, FaultRule } from "./types.ts";

export interface Faults {
  add(rule: FaultRule): () => void;
  /** The fault that a call meets in a phase, if any; it counts. */
  take(call: AwsCall, phase: CallPhase): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const entries = new Set<{ readonly rule: FaultRule; met: number }>();
  return {
    add(rule) {
      const entry = { rule, met: 0 };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    take(call, phase) {
      for (const entry of entries) {
        const { rule } = entry;
        const { skip = 0, times = Number.POSITIVE_INFINITY } = rule;
        if (rule.when !== phase || !isMeant(rule, call) || entry.met >= skip + times) continue;
        entry.met++;
        if (entry.met > skip) return rule.do;
      }
      return undefined;
    },
    clear: () => entries.clear(),
  };
}

function isMeant({ service, operation, match }: FaultRule, call: AwsCall): boolean {
  if (service !== undefined && service !== call.service) return false;
  if (typeof operation === "string" && operation !== call.operation) return false;
  if (operation instanceof RegExp && !operation.test(call.operation)) return false;
  return match?.(call) ?? true;
}
