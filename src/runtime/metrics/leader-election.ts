/** `leader_election_*`: who leads. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface LeaderRecorder {
  leading(is: boolean): void;
  /** A renewal had to read the Lease first. */
  slowPath(): void;
}

export function leaderMetrics(registry: Registry) {
  const labelNames = ["name"] as const;
  const registers = [registry];
  const status = new Gauge({
    name: "leader_election_master_status",
    help: "1 while this process holds the Lease",
    labelNames,
    registers,
  });
  const slow = new Counter({
    name: "leader_election_slowpath_total",
    help: "Renewals that had to read the Lease first",
    labelNames,
    registers,
  });

  return (name: string): LeaderRecorder => {
    status.set({ name }, 0);
    slow.inc({ name }, 0);
    return {
      leading: (is) => status.set({ name }, is ? 1 : 0),
      slowPath: () => slow.inc({ name }),
    };
  };
}
