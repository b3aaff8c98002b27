/** Runs `fairlead announcements`. */

import { announcers } from "../../api/announcer.ts";
import { leases } from "../../api/kubernetes.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { installation } from "../../api/names.ts";
import { nearest } from "../../api/nearest.ts";
import { someNodes } from "../../controllers/advertising/surroundings.ts";
import { listAll, listIfAllowed, withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { UserError } from "../user-error.ts";
import type { AnnouncementsOptions } from "./command.ts";
import { render } from "./render.ts";
import { type AnnouncementsReport, announcementsReport, ofNode } from "./report.ts";

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
  const { node } = options;
  if (node !== undefined) expectAgent(node, whole);
  const report = node === undefined ? whole : ofNode(whole, node);
  await print(options.output, report, () =>
    render(report, { nowMs, wide: options.output === "wide", paint: paintFor(process.stdout) }),
  );
  return exitCodes.ok.code;
}

/** @throws UserError where agents have said something, and none of them is of that node. */
function expectAgent(name: string, { agents }: AnnouncementsReport): void {
  const names = agents.map(({ node }) => node);
  if (names.length === 0 || names.includes(name)) return;
  const meant = nearest(name, names);
  throw new UserError(
    `No agent of a node "${name}" has said anything${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    `Those that have are on ${someNodes(names)}.`,
  );
}
