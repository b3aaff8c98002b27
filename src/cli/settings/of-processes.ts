/** Settings that every process which runs on has: how it reaches the API server, what it serves, what it logs. */

import type { LogLevel } from "../../runtime/logger.ts";
import {
  type BindAddress,
  formatBindAddress,
  parseBindAddress,
  parseOneOf,
  parseText,
} from "./parse-value.ts";
import { setting } from "./setting.ts";

export const connectionSettings = {
  kubeconfig: setting<string | undefined>({
    name: "kubeconfig",
    argument: "<file>",
    description: "How to reach the API server",
    default: undefined,
    defaultText: "KUBECONFIG, else the pod's service account, else ~/.kube/config",
    parse: parseText,
  }),
  context: setting<string | undefined>({
    name: "context",
    argument: "<name>",
    description: "Context of the kubeconfig",
    default: undefined,
    defaultText: "its current-context",
    parse: parseText,
  }),
};

export const logSettings = {
  logLevel: setting<LogLevel>({
    name: "log-level",
    argument: "<level>",
    description: "debug, info, warn or error",
    default: "info",
    parse: parseOneOf("debug", "info", "warn", "error"),
  }),
  logFormat: setting<"json" | "text">({
    name: "log-format",
    argument: "<format>",
    description: "json: one object a line; text: for people",
    default: "json",
    parse: parseOneOf("json", "text"),
  }),
};

export function bindAddress(name: string, port: number, description: string) {
  return setting<BindAddress>({
    name,
    argument: "<address>",
    description,
    default: { port },
    parse: parseBindAddress,
    format: formatBindAddress,
  });
}
