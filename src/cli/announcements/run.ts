/** Runs `fairlead announcements`. */

import { announcers } from "../../api/announcer.ts";
import { leases } from "../../api/kubernetes.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { installation } from "../../api/names.ts";
import { listAll, listIfAllowed, withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import type { AnnouncementsOptions } from "./command.ts";
import { render } from "./render.ts";
import { type AnnouncementsReport, announcementsReport } from "./report.ts";

/** Returns the exit code. */
export async function runAnnouncements(options: AnnouncementsOptions): Promise<number> {
  const nowMs = Date.now();
  const whole = await withCluster(options, async ({ client }) => {
    const [agents, lbs, renewals] = await Promise.all([
      listAll(client, announcers),
      listIfAllowed(client, loadBalancers),
      listIfAllowed(client, leases, { namespace: installation.namespace }),
    ]);
    return announcementsReport({ announcers: agents, loadBalancers: lbs, leases: renewals }, nowMs);
  });
  const report = options.node === undefined ? whole : ofNode(whole, options.node);
  await print(options.output, report, () =>
    render(report, { nowMs, wide: options.output === "wide", paint: paintFor(process.stdout) }),
  );
  return exitCodes.ok.code;
}

function ofNode({ announcements, agents }: AnnouncementsReport, name: string): AnnouncementsReport {
  return {
    announcements: announcements.filter(({ node }) => node === name),
    agents: agents.filter(({ node }) => node === name),
  };
}
