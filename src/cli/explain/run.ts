/** Runs `fairlead explain`. */

import { withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import { UserError } from "../user-error.ts";
import type { ExplainOptions } from "./command.ts";
import { explain } from "./explanation.ts";
import { gather } from "./gather.ts";
import { render } from "./render.ts";

/** Returns the exit code. */
export async function runExplain(service: string, options: ExplainOptions): Promise<number> {
  const { name, namespace: named } = serviceNamed(service, options.namespace);
  const explanation = await withCluster(options, async (cluster) => {
    const namespace = named ?? cluster.namespace;
    return explain(await gather(cluster.client, namespace, name), bundledProviders(), Date.now());
  });
  await print(options.output, explanation, () => render(explanation, Date.now(), paintFor(process.stdout)));
  return exitCodes.ok.code;
}

function serviceNamed(given: string, option: string | undefined) {
  // As kubectl writes it in its output.
  const [name = "", namespace, ...rest] = given
    .replace(/^(service|svc)s?\//, "")
    .split("/")
    .toReversed();
  if (name === "" || namespace === "" || rest.length > 0) {
    throw new UserError(`"${given}" is no name of a Service; wanted: NAME or NAMESPACE/NAME`);
  }
  if (namespace !== undefined && option !== undefined && namespace !== option) {
    throw new UserError(`"${given}" and -n ${option} name two namespaces; give one of them`);
  }
  return { name, namespace: namespace ?? option };
}
