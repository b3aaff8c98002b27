/** Requests to the appliance, with its errors put into the classes that the controller knows. */
import { CloudError, type CloudErrorClass, type Fields, type LoadBalancerClass } from "../../src/index.ts";

const errors: Readonly<Record<number, CloudErrorClass>> = {
  401: "permission",
  403: "permission",
  404: "gone",
  409: "conflict",
  422: "invalid",
  507: "quota",
};

/** @throws CloudError, or the signal's reason. */
export async function call(
  { spec }: LoadBalancerClass,
  method: string,
  path: string,
  body: Fields | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const what = `${method} virtual server${path}`;
  const init = body === undefined ? { method, signal } : { method, signal, body: JSON.stringify(body) };
  const answer = await fetch(`${String(spec.settings?.url)}/virtual-servers${path}`, init).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      throw new CloudError("retry", `${what}: the appliance does not answer`, { cause });
    },
  );
  const content = (await answer.json()) as { readonly error?: string };
  if (answer.ok) return content;
  const said = `${what}: ${answer.status} ${content.error ?? ""}`.trim();
  throw new CloudError(errors[answer.status] ?? "retry", said);
}
