/** Reads the Secrets that BGPPeers name, one by one: the agent may not list or watch Secrets. */
import type { KubeObject, Resource } from "../../api/meta.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { isForbidden, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Password } from "../bgp/input.ts";

export interface PasswordsOptions {
  readonly client: Pick<KubeClient, "get">;
  /** The operator's. */
  readonly namespace: string;
  readonly changed: () => void;
  readonly clock: Clock;
}

export interface Passwords {
  /** Replaces the names of the Secrets that are read. New ones are read at once. */
  want(names: ReadonlySet<string>): void;
  /** Whether each has been read, or is known not to be there. */
  readonly isComplete: boolean;
  /** By name of the Secret. */
  readonly known: ReadonlyMap<string, Password>;
  /** Reads until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

interface Secret extends KubeObject {
  type?: string | undefined;
  data?: Record<string, string> | undefined;
}

const secrets: Resource<Secret> = {
  group: "",
  version: "v1",
  plural: "secrets",
  kind: "Secret",
  namespaced: true,
};

const everyMs = 30_000;
/** Somebody waits for it. */
const retryMs = 5_000;

export function createPasswords({ client, namespace, changed, clock }: PasswordsOptions): Passwords {
  const known = new Map<string, Password>();
  let wanted: ReadonlySet<string> = new Set();
  let wake = new AbortController();

  const read = async (name: string, signal: AbortSignal): Promise<void> => {
    const before = known.get(name);
    let now: Password | undefined;
    try {
      now = passwordIn(await client.get(secrets, { namespace, name }, { signal }));
    } catch (error) {
      if (isNotFound(error)) now = { ok: false, message: `does not exist in namespace ${namespace}` };
      else if (isForbidden(error))
        now = { ok: false, message: `can't be read: the agent's role does not allow it (deploy/agent.yaml)` };
      // Not reached: what was read before goes on.
      else return;
    }
    if (!wanted.has(name)) return;
    known.set(name, now);
    if (JSON.stringify(now) !== JSON.stringify(before)) changed();
  };
  return {
    known,
    want(names) {
      wanted = names;
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
      if ([...names].some((name) => !known.has(name))) wake.abort();
    },
    get isComplete() {
      return [...wanted].every((name) => known.has(name));
    },
    async run(signal) {
      while (!signal.aborted) {
        wake = new AbortController();
        await Promise.all([...wanted].map((name) => read(name, signal)));
        const lacking = [...wanted].some((name) => known.get(name)?.ok !== true);
        const either = AbortSignal.any([signal, wake.signal]);
        await sleep(lacking ? retryMs : everyMs, { signal: either, clock }).catch(() => {});
      }
    },
  };
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#basic-authentication-secret */
function passwordIn({ type, data = {} }: Secret): Password {
  if (type !== "kubernetes.io/basic-auth")
    return { ok: false, message: `is of type ${type ?? "Opaque"}; it has to be kubernetes.io/basic-auth` };
  const { password } = data;
  if (password === undefined) return { ok: false, message: "has no key password" };
  return { ok: true, text: Buffer.from(password, "base64").toString("utf8") };
}
