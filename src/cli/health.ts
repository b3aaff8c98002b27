/** The health server of a process, as its settings have it. */

import { createHealthServer, type HealthServer } from "../runtime/health.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { BindAddress } from "./settings/parse-value.ts";

export interface HealthSettings {
  readonly healthProbeBindAddress: BindAddress;
  readonly metricsBindAddress: BindAddress;
}

/** One server where both are at the same place; none where both are served nowhere. */
export function healthServerOf(
  settings: HealthSettings,
  metrics: Metrics,
  logger: Logger,
): HealthServer | undefined {
  const { healthProbeBindAddress: probes, metricsBindAddress: scrapes } = settings;
  const listen = probes ?? scrapes;
  if (listen === undefined) return undefined;
  const together =
    probes === undefined ||
    scrapes === undefined ||
    (probes.port === scrapes.port && probes.port !== 0 && probes.host === scrapes.host);
  const probesFlag = "--health-probe-bind-address";
  const scrapesFlag = "--metrics-bind-address";
  const isShared = together && probes !== undefined && scrapes !== undefined;
  const setting = probes === undefined ? scrapesFlag : probesFlag;
  return createHealthServer({
    listen: { ...listen, setting: isShared ? `${probesFlag} and ${scrapesFlag}` : setting },
    metricsListen: together ? undefined : { ...scrapes, setting: scrapesFlag },
    metrics: scrapes === undefined ? undefined : metrics,
    logger,
  });
}
