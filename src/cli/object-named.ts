/** Names of objects as users give them: `NAME`, `NAMESPACE/NAME`, and with the kind before it as kubectl prints it. */

import { UserError } from "./user-error.ts";

export interface ObjectName {
  readonly name: string;
  /** Undefined: that of the context. */
  readonly namespace: string | undefined;
}

const kind = /^(?:services?|svc|loadbalancers?|lb)(?:\.fairlead\.io)?\//;

/** @throws UserError when it is none, or contradicts `option`, the value of --namespace. `what`: "a Service". */
export function objectNamed(given: string, option: string | undefined, what: string): ObjectName {
  const [name = "", namespace, ...rest] = given.replace(kind, "").split("/").toReversed();
  if (name === "" || namespace === "" || rest.length > 0) {
    throw new UserError(`"${given}" is no name of ${what}; wanted: NAME or NAMESPACE/NAME`);
  }
  if (namespace !== undefined && option !== undefined && namespace !== option) {
    throw new UserError(`"${given}" and -n ${option} name two namespaces; give one of them`);
  }
  return { name, namespace: namespace ?? option };
}
