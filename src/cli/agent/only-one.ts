/** Sees to it that a node has one agent only: the second is refused before it has disturbed the first. */
import { createServer, type Server } from "node:net";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import { UserError } from "../user-error.ts";

/** A former one that was told to end has this long for it. */
const patienceMs = 10_000;
const againMs = 250;

/**
 * A name in the abstract namespace of Unix sockets (unix(7)), which belongs to a network namespace, as do the interfaces that an agent
 * answers on. The kernel gives it back when the process ends, by whatever end.
 *
 * @throws UserError when another process has it and keeps it.
 */
export async function beOnlyAgent(
  node: string,
  { clock = systemClock, waitMs = patienceMs }: { readonly clock?: Clock; readonly waitMs?: number } = {},
): Promise<Disposable> {
  const until = clock.monotonic() + waitMs;
  for (;;) {
    const server = await listen(`\0fairlead-agent/${node}`);
    if (server !== undefined) return { [Symbol.dispose]: () => void server.close() };
    if (clock.monotonic() >= until)
      throw new UserError(
        `Another agent of node ${node} runs on this machine, and there can be only one: this one ends, the other goes on`,
        "Is the agent a DaemonSet and a service of the system as well, or are there two DaemonSets?",
      );
    await sleep(againMs, { clock });
  }
}

/** undefined: somebody else has the name. */
function listen(path: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer((connection) => connection.destroy());
  server.unref();
  server.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") resolve(undefined);
    else reject(error);
  });
  server.listen({ path }, () => resolve(server));
  return promise;
}
