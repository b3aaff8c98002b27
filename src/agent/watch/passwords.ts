/** Reads the Secrets that BGPPeers name, one by one: the agent may not list or watch Secrets. */
import type { KubeObject, Resource } from "../../api/meta.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import { isForbidden, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import { answerInTime } from "../answer-in-time.ts";
import type { Password } from "../bgp/input.ts";

export interface PasswordsOptions {
  readonly client: Pick<KubeClient, "get">;
  /** The operator's. */
  readonly namespace: string;
  readonly changed: () => void;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Passwords {
  /** Replaces the names of the Secrets that are read. New ones are read at once. */
  want(names: ReadonlySet<string>): void;
  /** Whether each has been read, or was tried to be: one that can't be read holds up no other. */
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

export function createPasswords({ client, namespace, changed, log, clock }: PasswordsOptions): Passwords {
  const known = new Map<string, Password>();
  const failing = new Set<string>();
  let wanted: ReadonlySet<string> = new Set();
  let wake = new AbortController();

  const read = async (name: string, signal: AbortSignal): Promise<void> => {
    const before = known.get(name);
    let now: Password;
    try {
      const secret = await answerInTime((one) => client.get(secrets, { namespace, name }, one), {
        signal,
        clock,
      });
      now = passwordIn(secret);
      failing.delete(name);
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error, namespace);
      const isFirst = !failing.has(name);
      failing.add(name);
      // What lasts for a moment is not worth telling to one who has it, and others may not wait for one that can't be read.
      if (failure.unread === true && isFirst && before !== undefined) return;
      now = failure;
    }
    if (!wanted.has(name) || JSON.stringify(now) === JSON.stringify(before)) return;
    known.set(name, now);
    if (!now.ok) log.warn("A password of BGP can't be had", { secret: name, because: now.message });
    changed();
  };
  return {
    known,
    want(names) {
      wanted = names;
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
      for (const name of failing) if (!names.has(name)) failing.delete(name);
      if ([...names].some((name) => !known.has(name))) wake.abort();
    },
    get isComplete() {
      return [...wanted].every((name) => known.has(name));
    },
    async run(signal) {
      while (!signal.aborted) {
        wake = new AbortController();
        await Promise.all([...wanted].map((name) => read(name, signal)));
        const lacking = [...wanted].some((name) => failing.has(name) || known.get(name)?.ok !== true);
        const either = AbortSignal.any([signal, wake.signal]);
        await sleep(lacking ? retryMs : everyMs, { signal: either, clock }).catch(() => {});
      }
    },
  };
}

function failureOf(error: unknown, namespace: string): Password & { readonly ok: false } {
  if (isNotFound(error)) return { ok: false, message: `does not exist in namespace ${namespace}` };
  const why = isForbidden(error)
    ? `the agents may not read it, or it is not there: put its name into the Role fairlead-agent-bgp-passwords in namespace ${namespace} (deploy/agent-bgp-passwords.yaml)`
    : messageOf(error);
  return { ok: false, message: `can't be read: ${why}`, unread: true };
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#basic-authentication-secret */
function passwordIn({ type, data = {} }: Secret): Password {
  if (type !== "kubernetes.io/basic-auth")
    return { ok: false, message: `is of type ${type ?? "Opaque"}; it has to be kubernetes.io/basic-auth` };
  const { password } = data;
  if (password === undefined) return { ok: false, message: "has no key password" };
  return { ok: true, text: Buffer.from(password, "base64").toString("utf8") };
}
