/** The API server as agents see it: addresses and who may announce them, what each agent has recorded, Leases. */
import type { RecordedClaim, World, WorldAddress } from "../../../../../src/agent/world.ts";

export interface ModelApi {
  isUp: boolean;
  /** How long it takes to answer who asks because it hears nobody. */
  answerMs: number;
  /** Nodes that can't reach it. */
  readonly unreachable: Set<string>;
  readonly addresses: Map<string, WorldAddress>;
  readonly announcers: Map<string, { incarnation: number; recorded: readonly RecordedClaim[] }>;
  readonly leases: Map<string, { renewals: number }>;
  reaches(node: string): boolean;
  worldFor(node: string): World;
}

export const leaseMs = 9_000;
export const renewMs = 3_000;

export function macOf(node: string): string {
  return `02:00:00:00:00:${node
    .charCodeAt(node.length - 1)
    .toString(16)
    .padStart(2, "0")}`;
}

export function createModelApi(): ModelApi {
  const api: ModelApi = {
    isUp: true,
    answerMs: 20,
    unreachable: new Set(),
    addresses: new Map(),
    announcers: new Map(),
    leases: new Map(),
    reaches: (node) => api.isUp && !api.unreachable.has(node),
    worldFor: (node) => ({
      cluster: "cluster",
      node,
      nodes: [...api.announcers].map(([name, { incarnation, recorded }]) => ({
        name,
        internalIPs: [],
        incarnation,
        macs: [macOf(name)],
        recorded,
      })),
      addresses: [...api.addresses.values()],
    }),
  };
  return api;
}
