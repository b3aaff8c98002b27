/** Says what is to be done when the lease can't be read or written: once for each reason, beside what the elector itself logs. */

import { isForbidden, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";

type LeaseClient = Pick<KubeClient, "get" | "create" | "replace">;

export function explained(
  client: LeaseClient,
  { namespace, name, logger }: { readonly namespace: string; readonly name: string; readonly logger: Logger },
): LeaseClient {
  const said = new Set<string>();
  const explain = (advice: string): void => {
    if (said.has(advice)) return;
    said.add(advice);
    logger.error("The lease can't be used; trying again", { namespace, name, advice });
  };
  const watched = async <T>(creates: boolean, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      // When it is read, a missing lease is the normal case of the first start.
      if (creates && isNotFound(error)) {
        explain(
          `The namespace "${namespace}" does not exist. Create it (kubectl create namespace ${namespace}), or name another with --leader-election-namespace; with --leader-elect=false and one replica no lease is needed.`,
        );
      } else if (isForbidden(error)) {
        explain(
          `The role does not allow it: kubectl apply -f deploy/rbac.yaml gives it for the lease ${name} in fairlead-system; for another name or namespace change it there.`,
        );
      }
      throw error;
    }
  };
  return {
    get: (resource, ref, o) => watched(false, client.get(resource, ref, o)),
    create: (resource, object, o) => watched(true, client.create(resource, object, o)),
    replace: (resource, object, o) => watched(false, client.replace(resource, object, o)),
  };
}
