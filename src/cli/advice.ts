/** What an error of the API server means to whoever installs or looks, and what they do about it. */

import { messageOf } from "../runtime/errors.ts";
import { isApiError, isForbidden, isNotFound } from "../runtime/kube/api-error.ts";
import { isTransportError } from "../runtime/kube/transport.ts";

export interface Advice {
  /** A sentence without a full stop. */
  readonly problem: string;
  readonly advice: string;
}

/** For errors of lists: there a 404 means that the kind does not exist. */
export function adviceFor(error: unknown, { server }: { readonly server: string }): Advice {
  if (isTransportError(error)) {
    return {
      problem: `The API server at ${server} can't be reached`,
      advice: certificateTrouble.test(`${error.code} ${error.message}`)
        ? "Its certificate is not trusted: see that the kubeconfig names the right CA and server."
        : "See that it runs, that the address is right, and that nothing between here and there is in the way.",
    };
  }
  if (isNotFound(error)) {
    return {
      problem: "Fairlead's kinds are not installed in this cluster",
      advice: "Install the CRDs: kubectl apply -f crds/",
    };
  }
  if (isForbidden(error)) {
    return {
      problem: "The API server does not allow it",
      advice: `Give the role that this needs: kubectl apply -f deploy/rbac.yaml (for some namespaces only: deploy/rbac-namespaced.yaml). The server said: ${messageOf(error)}`,
    };
  }
  if (isApiError(error) && error.status === 401) {
    return {
      problem: "The API server does not know who we are",
      advice: "See that the credentials of the kubeconfig, or the pod's service account, are valid.",
    };
  }
  return { problem: messageOf(error), advice: "See the log of the API server if it lasts." };
}

const certificateTrouble = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|certificate/i;
