/** The settings of `fairlead controller`, each in one row. */

import { installation } from "../../api/names.ts";
import { VERIFY_PERIOD_MS } from "../../controllers/load-balancer/engine/verify-times.ts";
import { bindAddress, connectionSettings, logSettings } from "../settings/of-processes.ts";
import {
  formatDuration,
  parseCount,
  parseDuration,
  parseDurationFrom,
  parseFlag,
  parseName,
  parseNames,
} from "../settings/parse-value.ts";
import { setting, type ValuesOf } from "../settings/setting.ts";

/** More often, and the limits of a cloud's API would be spent on looking. */
const shortestVerifyPeriodMs = 60_000;
const highestCount = 1_000;

const duration = (name: string, ms: number, description: string) =>
  setting<number>({
    name,
    argument: "<duration>",
    description,
    default: ms,
    parse: parseDuration,
    format: formatDuration,
  });

export const controllerSettings = {
  ...connectionSettings,
  watchNamespace: setting<readonly string[]>({
    name: "watch-namespace",
    argument: "<names>",
    description: "Serve these namespaces only; repeat it or separate by commas",
    default: [],
    defaultText: "all",
    parse: parseNames,
    repeatable: true,
  }),
  leaderElect: setting<boolean>({
    name: "leader-elect",
    argument: "[boolean]",
    description:
      "Write only while holding a lease, so that several replicas can run; without it there must be only one, or addresses are given out twice",
    default: true,
    parse: parseFlag,
  }),
  leaderElectionNamespace: setting<string | undefined>({
    name: "leader-election-namespace",
    argument: "<name>",
    description: "Namespace of the lease; it must exist",
    default: undefined,
    defaultText: `the pod's own, else ${installation.namespace}`,
    parse: parseName,
  }),
  leaderElectionName: setting<string>({
    name: "leader-election-name",
    argument: "<name>",
    description: "Name of the lease; the role of the controller names it too",
    default: installation.lease,
    parse: parseName,
  }),
  leaderElectionLeaseDuration: duration(
    "leader-election-lease-duration",
    15_000,
    "After this long without a renewal another replica may take over; whole seconds",
  ),
  leaderElectionRenewDeadline: duration(
    "leader-election-renew-deadline",
    10_000,
    "A leader that could not renew for this long ends its process",
  ),
  leaderElectionRetryPeriod: duration(
    "leader-election-retry-period",
    2_000,
    "Pause between renewals, and between attempts to get the lease",
  ),
  concurrency: setting<number>({
    name: "concurrency",
    argument: "<number>",
    description: `Services, and load balancers, worked on at once; 1 to ${highestCount}`,
    default: 32,
    parse: parseCount(1, highestCount),
  }),
  verifyPeriod: setting<number>({
    name: "verify-period",
    argument: "<duration>",
    description: `How often what exists in clouds is compared with what should, give or take a quarter; at least ${formatDuration(shortestVerifyPeriodMs)}`,
    default: VERIFY_PERIOD_MS,
    parse: parseDurationFrom(shortestVerifyPeriodMs),
    format: formatDuration,
  }),
  kubeApiMaxConnections: setting<number>({
    name: "kube-api-max-connections",
    argument: "<number>",
    description: `Connections to the API server for requests, besides those of watches; 1 to ${highestCount}`,
    default: 50,
    parse: parseCount(1, highestCount),
  }),
  metricsBindAddress: bindAddress("metrics-bind-address", 8080, "Where /metrics is served; 0: nowhere"),
  healthProbeBindAddress: bindAddress(
    "health-probe-bind-address",
    8081,
    "Where /healthz and /readyz are served; 0: nowhere",
  ),
  ...logSettings,
  shutdownTimeout: duration(
    "shutdown-timeout",
    30_000,
    "How long the work in hand may take to end after SIGTERM or SIGINT",
  ),
};

export type ControllerSettings = ValuesOf<typeof controllerSettings>;
