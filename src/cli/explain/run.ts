/** Runs `fairlead explain`. */

import { withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
import { objectNamed } from "../object-named.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import type { ExplainOptions } from "./command.ts";
import { explain } from "./explanation.ts";
import { gather } from "./gather.ts";
import { render } from "./render.ts";

/** Returns the exit code. */
export async function runExplain(service: string, options: ExplainOptions): Promise<number> {
  const { name, namespace: named } = objectNamed(service, options.namespace, "a Service");
  const explanation = await withCluster(options, async (cluster) => {
    const namespace = named ?? cluster.namespace;
    return explain(await gather(cluster.client, namespace, name), bundledProviders(), Date.now());
  });
  await print(options.output, explanation, () => render(explanation, Date.now(), paintFor(process.stdout)));
  return exitCodes.ok.code;
}
