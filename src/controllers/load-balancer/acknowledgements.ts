/** What users have agreed to lose. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { annotations } from "../../api/names.ts";
import type { Informers } from "../dependencies.ts";

/** The plan ids that a user has agreed to, on the Service or, where it was written by hand, on the LoadBalancer. */
export function acknowledgements(informers: Pick<Informers, "services">, lb: LoadBalancer): string[] {
  const { serviceRef } = lb.spec;
  const carrier =
    serviceRef === undefined ? lb : informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
  const id = carrier?.metadata.annotations?.[annotations.acknowledgeReplacement]?.trim();
  return id === undefined || id === "" ? [] : [id];
}
