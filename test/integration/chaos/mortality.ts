/** A crash at one chosen call that changes something: from there on nothing leaves the process any more. */
import type { KubeClient } from "../../../src/runtime/kube/client.ts";
import type { MemoryCloud } from "../support/memory-cloud.ts";

/** `before`: the call is not made. `after`: it is, and nobody learns what came of it. */
export type Moment = "before" | "after";

export interface Mortality {
  /** For messages. */
  readonly fate: string;
  /** Calls so far that change something, in the cluster or in a cloud. */
  readonly calls: readonly string[];
  /** Resolves when the chosen call has come. */
  readonly died: Promise<void>;
  readonly isDead: boolean;
  client(client: KubeClient): KubeClient;
  /** Lets the calls to a cloud count as well. */
  watch(cloud: MemoryCloud): void;
}

/** `at`: the number of the call, from 1; none: lives for ever. */
export function mortality(at?: number, moment: Moment = "before"): Mortality {
  const calls: string[] = [];
  const died = Promise.withResolvers<void>();
  let isDead = false;
  const crash = () => new Error("The process has crashed");
  const checkAlive = () => {
    if (isDead) throw crash();
  };
  /** Returns whether this is the last call. */
  const count = (call: string): boolean => {
    checkAlive();
    calls.push(call);
    if (calls.length !== at) return false;
    isDead = true;
    died.resolve();
    if (moment === "before") throw crash();
    return true;
  };
  const change = async <T>(call: string, send: () => Promise<T>): Promise<T> => {
    const isLast = count(call);
    const answer = await send();
    if (isLast || isDead) throw crash();
    return answer;
  };
  const read = async <T>(send: () => Promise<T>): Promise<T> => {
    checkAlive();
    const answer = await send();
    checkAlive();
    return answer;
  };
  const wrapped = (client: KubeClient): KubeClient => ({
    ...client,
    get: (resource, ref, o) => read(() => client.get(resource, ref, o)),
    list: (resource, o) => read(() => client.list(resource, o)),
    create: (resource, object, o) =>
      change(`create ${resource.kind}`, () => client.create(resource, object, o)),
    replace: (resource, object, o) =>
      change(`replace ${resource.kind}`, () => client.replace(resource, object, o)),
    patch: (resource, ref, body, o) =>
      change(`${o.type} ${resource.kind} ${o.subresource ?? ""}`, () => client.patch(resource, ref, body, o)),
    delete: (resource, ref, o) => change(`delete ${resource.kind}`, () => client.delete(resource, ref, o)),
    guarded: (guard) => wrapped(client.guarded(guard)),
  });
  return {
    fate: at === undefined ? "without a crash" : `with a crash ${moment} call ${at}`,
    calls,
    died: died.promise,
    get isDead() {
      return isDead;
    },
    client: wrapped,
    watch(cloud) {
      cloud.before = ({ call }) => void count(call.replaceAll(/ \S+\/\S+/g, ""));
    },
  };
}
