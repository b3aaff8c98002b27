/** What users of a Service see of it while something happens. */
import { services } from "../../../src/api/kubernetes.ts";
import type { Ref } from "./served.ts";
import type { World } from "./support.ts";

/** Each list of addresses that the Service is seen to have until the end of the work, in the order of appearance; "" for none. */
export async function addressesWhile(
  { cluster: { client } }: World,
  { namespace, name }: Ref,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const seen: string[] = [];
  const { metadata } = await client.list(services, { namespace });
  const stopping = new AbortController();
  const options = { namespace, resourceVersion: metadata.resourceVersion, signal: stopping.signal };
  const watching = (async () => {
    for await (const { type, object } of client.watch(services, options)) {
      if (type !== "MODIFIED" || object.metadata.name !== name) continue;
      const ingress = object.status?.loadBalancer?.ingress ?? [];
      const now = ingress.map(({ hostname, ip }) => hostname ?? ip).join();
      if (seen.at(-1) !== now) seen.push(now);
    }
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  try {
    await work();
  } finally {
    stopping.abort();
  }
  await watching;
  return seen;
}
