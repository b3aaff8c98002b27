/** Fewer rules for the same ports, at the price of some node ports between them. */
import { compareText } from "../../../core/compare-text.ts";

export interface PortRange {
  readonly protocol: "tcp" | "udp";
  readonly from: number;
  readonly to: number;
}

/** The default of kube-apiserver's `--service-node-port-range`: nothing else listens there. */
const nodePorts = { from: 30_000, to: 32_767 } as const;

/**
 * Single ports while they are not more than `limit`; else the smallest gaps are closed, as few as needed: those between neighbours, which
 * open nothing more, and those within the node ports. Others are never closed, so the result may have more than `limit`.
 */
export function joinPorts(ports: readonly PortRange[], limit: number): PortRange[] {
  const sorted = ports.toSorted((a, b) => compareText(a.protocol, b.protocol) || a.from - b.from);
  const gaps = sorted.slice(1).flatMap((next, index) => {
    const before = sorted[index] as PortRange;
    const size = next.from - before.to - 1;
    const within = before.to >= nodePorts.from && next.from <= nodePorts.to;
    return before.protocol === next.protocol && (size === 0 || within) ? [{ before, size }] : [];
  });
  gaps.sort((a, b) => a.size - b.size);
  const closed = new Set(gaps.slice(0, Math.max(0, sorted.length - limit)).map(({ before }) => before));
  const joined: PortRange[] = [];
  let from: number | undefined;
  for (const port of sorted) {
    if (closed.has(port)) from ??= port.from;
    else {
      joined.push({ ...port, from: from ?? port.from });
      from = undefined;
    }
  }
  return joined;
}
