/** Sessions whose passwords could not be read go on with those that FRR has: it outlives the agent, and remembers. Pure. */
import type { BgpPlan } from "../plan.ts";
import { neighborName } from "../sessions.ts";
import type { FrrConfig } from "./config.ts";
import { routerLine } from "./names.ts";

/** Whether `withKeptPasswords` is needed. */
export function lacksPasswords({ instances }: BgpPlan): boolean {
  return instances.some(({ sessions }) => sessions.some(({ isPasswordUnread }) => isPasswordUnread));
}

/** The plan with the passwords that are running, and without the sessions that lack one: never without a password where one is wanted. */
export function withKeptPasswords(plan: BgpPlan, running: FrrConfig): BgpPlan {
  const instances = plan.instances.map((instance) => {
    const router = routerLine(instance);
    const lines = running
      .filter(({ context }) => context.length === 1 && context[0] === router)
      .flatMap((section) => section.lines);
    const kept = new Map(
      lines.flatMap((line) => {
        const [, neighbor, password] = /^neighbor (\S+) password (\S+)$/.exec(line) ?? [];
        return neighbor === undefined || password === undefined ? [] : [[neighbor, password] as const];
      }),
    );
    const sessions = instance.sessions.flatMap((session) => {
      if (!session.isPasswordUnread) return [session];
      const password = kept.get(neighborName(session.to));
      return password === undefined ? [] : [{ ...session, password }];
    });
    return { ...instance, sessions };
  });
  return { ...plan, instances: instances.filter(({ sessions }) => sessions.length > 0) };
}
