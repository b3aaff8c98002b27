/** What the cloud refuses, and what becomes of it: told with the right reason, tried again as law 6 has it, cured without help. */
import { mustBeSame } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import type { CloudFault } from "../harness.ts";
import { portsOf } from "../local-operator.ts";
import { addressesOf, mustBeGone, mustNotWrite, mustServe, type Play } from "../scene.ts";
import type { Case } from "./case.ts";

const minuteMs = 60_000;

/** Told once, tried again slowly, and cured from outside. */
function slowly(fault: CloudFault, reason: string): Case {
  return {
    name: `an error of class ${fault} is told as ${reason}, tried again slowly, and cured from outside`,
    run: (play) =>
      play(async ({ operator, cloud }) => {
        cloud.trouble(({ write }, phase) => (write && phase === "before" ? fault : undefined));
        operator.put("web");
        await operator.settle();
        const programmed = operator.condition("web", "Programmed");
        const isTold = programmed?.status === "False" && programmed.reason === reason;
        must(isTold, `Law 6: a cloud's "${fault}" is the reason ${reason} of Programmed`, () =>
          operator.told("web"),
        );
        cloud.clear();
        await operator.pass(8 * minuteMs);
        mustNotWrite(cloud, `Law 6: "${fault}" is tried again after ten minutes or more`);
        cloud.trouble();
        await operator.pass(20 * minuteMs);
        await operator.settle();
        mustServe(operator, "web", `Law 6: "${fault}" that has passed is cured without anybody's help`);
      }),
  };
}

export const trouble: readonly Case[] = [
  slowly("quota", "QuotaExceeded"),
  slowly("permission", "PermissionDenied"),
  {
    name: "what the cloud will never take is told as RejectedByCloud, and not tried again before an edit",
    run: (play) =>
      play(async ({ operator, cloud }) => {
        cloud.trouble(({ write }, phase) => (write && phase === "before" ? "invalid" : undefined));
        operator.put("web");
        await operator.settle();
        const programmed = operator.condition("web", "Programmed");
        const isTold = programmed?.status === "False" && programmed.reason === "RejectedByCloud";
        must(isTold, 'Law 6: a cloud\'s "invalid" is the reason RejectedByCloud of Programmed', () =>
          operator.told("web"),
        );
        cloud.clear();
        await operator.pass(45 * minuteMs);
        mustNotWrite(cloud, "Law 6: what is invalid waits for an edit");
        cloud.trouble();
        operator.put("web", { ports: portsOf(8080) });
        await operator.settle();
        mustServe(operator, "web", "Law 6: after an edit what was invalid is tried again");
      }),
  },
  {
    name: "a cloud that has no time is asked again until it has",
    run: (play) =>
      play(async ({ operator, cloud }) => {
        cloud.trouble((_call, phase) => (phase === "before" ? "throttled" : undefined));
        operator.put("web");
        await operator.pass(3 * minuteMs);
        const programmed = operator.condition("web", "Programmed");
        const isTold = programmed?.status === "False" && programmed.reason === "Retrying";
        must(isTold, 'Law 6: a cloud\'s "throttled" is the reason Retrying of Programmed', () =>
          operator.told("web"),
        );
        const most = 200;
        must(
          cloud.calls.length <= most,
          "A cloud that has no time is asked ever more rarely",
          () => `${cloud.calls.length} calls in three minutes; at most ${most} are taken`,
        );
        cloud.trouble();
        await operator.settle();
        mustServe(operator, "web", "Throttling passes without anybody's help");
      }),
  },
  {
    name: "trouble with an edit costs no address",
    run: (play) =>
      play(async ({ operator, cloud }) => {
        operator.put("web");
        await operator.settle();
        const address = addressesOf(operator, "web");
        cloud.trouble(({ write }, phase) => (write && phase === "before" ? "permission" : undefined));
        operator.put("web", { ports: portsOf(80, 443) });
        await operator.settle();
        const seen = () => operator.told("web");
        must(addressesOf(operator, "web") === address, "Law 4: trouble takes no address out of status", seen);
        const degraded = operator.condition("web", "Degraded");
        const isTold = degraded?.status === "True" && degraded.reason === "PermissionDenied";
        must(isTold, "Trouble with what is served is told as Degraded", seen);
        cloud.trouble();
        await operator.pass(20 * minuteMs);
        await operator.settle();
        mustServe(operator, "web", "Trouble that has passed is cured without anybody's help");
        const cured = operator.condition("web", "Degraded")?.status === "False";
        must(cured, "Trouble that has passed is not told any more", seen);
      }),
  },
  {
    name: "a deletion that the cloud refuses, before its first write or in between, is told, holds the object, and ends once it may",
    async run(play) {
      for (let allowed = 0; await refusedAfter(allowed, play); allowed++);
    },
  },
];

/** Whether anything was refused: a deletion may need no more writes than were allowed. */
function refusedAfter(allowed: number, play: Play): Promise<boolean> {
  return play(async ({ operator, cloud, snapshot }) => {
    const before = await snapshot();
    operator.put("web");
    await operator.settle();
    let writes = 0;
    let refused = 0;
    cloud.trouble(({ write }, phase) => {
      if (!write || phase !== "before") return undefined;
      writes += 1;
      if (writes <= allowed) return undefined;
      refused += 1;
      return "permission";
    });
    operator.remove("web");
    await operator.settle();
    if (refused > 0) {
      const seen = () => `${allowed} writes were allowed; ${operator.told("web")}`;
      must(operator.get("web") !== undefined, "Law 2: the finalizer stays while something is left", seen);
      const told = operator.condition("web", "Degraded");
      must(told?.reason === "PermissionDenied", "What holds a deletion up is told as Degraded", seen);
      cloud.trouble();
      await operator.pass(20 * minuteMs);
    }
    mustBeGone(operator, "web", "A deletion that may go on ends by itself");
    mustBeSame(await snapshot(), before, "Nothing is left in the cloud after a deletion");
    return refused > 0;
  });
}
