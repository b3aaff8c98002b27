/** The settings of `fairlead agent`, each in one row. */

import { installation } from "../../api/names.ts";
import { bindAddress, connectionSettings, logSettings } from "../settings/of-processes.ts";
import {
  type ParsedValue,
  parseCount,
  parseFlag,
  parseList,
  parseName,
  parseText,
} from "../settings/parse-value.ts";
import { setting, type ValuesOf } from "../settings/setting.ts";

/** As those have it that take nodes away: Cluster Autoscaler and Karpenter. */
const DRAIN_TAINTS = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted"];

export const agentSettings = {
  nodeName: setting<string | undefined>({
    name: "node-name",
    argument: "<name>",
    description: "The Node that this machine is in the cluster; required",
    default: undefined,
    defaultText: "none",
    parse: parseText,
  }),
  ...connectionSettings,
  namespace: setting<string | undefined>({
    name: "namespace",
    argument: "<name>",
    description: "Namespace of the agents' Leases and of the Secrets that BGPPeers name; it must exist",
    default: undefined,
    defaultText: `the pod's own, else ${installation.namespace}`,
    parse: parseName,
  }),
  heartbeatKeyFile: setting<string | undefined>({
    name: "heartbeat-key-file",
    argument: "<file>",
    description:
      "Keys that agents know each other by, the same on all nodes: one a line, base64 of at least 32 bytes; the first signs, all are taken",
    default: undefined,
    defaultText: "none",
    parse: parseText,
  }),
  insecureHeartbeats: setting<boolean>({
    name: "insecure-heartbeats",
    argument: "[boolean]",
    description:
      "Run without keys: whoever can send packets to the nodes can then take every address away from them",
    default: false,
    parse: parseFlag,
  }),
  heartbeatPort: setting<number>({
    name: "heartbeat-port",
    argument: "<port>",
    description: "UDP port of the agents' heartbeats, the same on all nodes",
    default: 7947,
    parse: parseCount(1, 65_535),
  }),
  skipInterfaces: setting<readonly string[] | undefined>({
    name: "skip-interfaces",
    argument: "<patterns>",
    description:
      "Leave interfaces alone whose names match one of these regular expressions; repeat it or separate by commas",
    default: undefined,
    defaultText: "those that container runtimes and networks make",
    parse: parsePatterns,
    repeatable: true,
  }),
  ignoreExcludeLabel: setting<boolean>({
    name: "ignore-exclude-label",
    argument: "[boolean]",
    description:
      "Announce also from nodes with the label node.kubernetes.io/exclude-from-external-load-balancers; the same on all nodes",
    default: false,
    parse: parseFlag,
  }),
  drainTaints: setting<readonly string[]>({
    name: "drain-taints",
    argument: "<keys>",
    description:
      "Taints of nodes that are about to go: what such a node announces is handed over; the same on all nodes. Repeat it or separate by commas; an empty list: none",
    default: DRAIN_TAINTS,
    parse: parseTaints,
    repeatable: true,
  }),
  frrDirectory: setting<string>({
    name: "frr-directory",
    argument: "<directory>",
    description: "Where FRR has its sockets; FRR is left alone until a BGPPeer exists",
    default: "/var/run/frr",
    parse: parseText,
  }),
  frrConfigFile: setting<string | undefined>({
    name: "frr-config-file",
    argument: "<file>",
    description: "The file that FRR reads at its start, kept up to date so that it needs no agent for that",
    default: undefined,
    defaultText: "none",
    parse: parseText,
  }),
  metricsBindAddress: bindAddress("metrics-bind-address", 7948, "Where /metrics is served; 0: nowhere"),
  healthProbeBindAddress: bindAddress(
    "health-probe-bind-address",
    7948,
    "Where /healthz and /readyz are served; 0: nowhere",
  ),
  ...logSettings,
};

export type AgentSettings = ValuesOf<typeof agentSettings>;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set, which is that of taints too. */
const taintKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function parseTaints(text: string): ParsedValue<readonly string[]> {
  const list = parseList(text);
  const bad = list.ok ? list.value.find((key) => !taintKey.test(key)) : undefined;
  if (bad === undefined) return list;
  return {
    ok: false,
    wanted: `keys of taints without value and effect, separated by commas; "${bad}" is none`,
  };
}

function parsePatterns(text: string): ParsedValue<readonly string[]> {
  const list = parseList(text);
  if (!list.ok) return list;
  for (const pattern of list.value) {
    try {
      new RegExp(pattern);
    } catch {
      return { ok: false, wanted: `regular expressions, separated by commas; "${pattern}" is none` };
    }
  }
  return list;
}
