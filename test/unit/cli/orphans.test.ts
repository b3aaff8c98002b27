/** Orphans as people get them: what is there, what would become of it, what became of it. */
import { expect, test } from "@jest/globals";
import { renderDeletion, renderFound } from "../../../src/cli/orphans/render.ts";
import { isTroubled, type OrphansReport, reportOn, withDeletion } from "../../../src/cli/orphans/report.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import type { OrphanedStack } from "../../../src/controllers/orphans/find-orphans.ts";
import type { ObservedResource } from "../../../src/core/plan/types.ts";
import { toyClass, toyNetwork } from "../controllers/load-balancer/engine/toy-network.ts";

const none = paintFor({ isTTY: false });
const nowMs = Date.parse("2026-01-03T00:00:00Z");

const resource = (kind: string, more: Partial<ObservedResource> = {}): ObservedResource => ({
  id: kind,
  kind,
  cloudId: `${kind}-1`,
  fields: {},
  dependsOn: [],
  ours: true,
  ...more,
});
const stack = (
  key: string,
  resources: ObservedResource[],
  more: Partial<OrphanedStack> = {},
): OrphanedStack => ({
  provider: toyNetwork().provider,
  cls: toyClass("one"),
  key,
  shared: false,
  retained: false,
  resources,
  ...more,
});
const web = stack("shop/web", [
  resource("firewall"),
  resource("balancer", { dependsOn: ["firewall"], createdAt: "2026-01-01T00:00:00Z" }),
]);
const network = stack("network", [resource("firewall", { cloudId: '["rule",80]' })], { shared: true });

function reported(...stacks: OrphanedStack[]): OrphansReport {
  return reportOn({ stacks, inDoubt: [], looked: ["one"], unknown: [] }, "4b1d");
}

test("users stand before what they use, with age and what to do", () => {
  const report = reported(web, network);
  expect(isTroubled(report)).toBe(true);
  expect(renderFound(report, nowMs, none)).toBe(
    `
Marked as cluster 4b1d's, and of no LoadBalancer; users stand before what they use:

AGE   CLASS   STACK      WHAT TO DO                KIND       ID
2d    one     shop/web   delete                    balancer   balancer-1
-     one     shop/web   delete                    firewall   firewall-1
-     one     network    delete, after its users   firewall   firewall

3 resources of 2 stacks.
To delete what should not be there: fairlead orphans --delete --yes`.trim(),
  );
});

test("what was retained on purpose is no trouble, and how to delete it is said", () => {
  const report = reported({ ...web, retained: true });
  expect(isTroubled(report)).toBe(false);
  const text = renderFound(report, nowMs, none);
  expect(text).toContain("none: a class retains it");
  expect(text).toMatch(
    /retained on purpose\.\nTo delete what was retained as well: fairlead orphans --delete --retained --yes$/,
  );
  expect(renderFound(withDeletion(report, [], false), nowMs, none)).toContain(
    "Nothing of it would be deleted.",
  );
});

test("what could not be looked at is trouble, and nobody is told that there was nothing", () => {
  const report = reportOn(
    {
      stacks: [],
      inDoubt: [{ className: "one", stack: "network", why: "shop/web has no class" }],
      looked: ["one"],
      unknown: [{ className: "two", message: "no \u001b[2J credentials" }],
    },
    "4b1d",
  );
  expect(isTroubled(report)).toBe(true);
  expect(renderFound(report, nowMs, none)).toBe(
    "In doubt, and left alone:\n  one network: shop/web has no class\n\nClasses that could not be looked at:\n  two: no \\u001b[2J credentials\n\nThere are no orphans where it could be looked.",
  );
});

test("what is in doubt is told, and alarms nobody: a Service that is refused may be the reason", () => {
  const inDoubt = [{ className: "one", stack: "network", why: "not all of stack one/shop/web is served" }];
  const report = reportOn({ stacks: [], inDoubt, looked: ["one"], unknown: [] }, "4b1d");
  expect(isTroubled(report)).toBe(false);
  expect(renderFound(report, nowMs, none)).toBe(
    "In doubt, and left alone:\n  one network: not all of stack one/shop/web is served\n\nThere are no orphans, but for what is in doubt.",
  );
  expect(isTroubled(reportOn({ stacks: [web], inDoubt, looked: ["one"], unknown: [] }, "4b1d"))).toBe(true);
});

test("what became of each is said, and whether it has to be done again", () => {
  const [balancer, firewall] = reported(web).orphans[0]?.resources ?? [];
  if (balancer === undefined || firewall === undefined) throw new Error("there are two");
  const report = withDeletion(
    reported(web, network),
    [
      {
        className: "one",
        stack: "shop/web",
        deleted: [balancer],
        failed: [{ ...firewall, message: "it is in use" }],
        spared: undefined,
      },
      {
        className: "one",
        stack: "network",
        deleted: [],
        failed: [],
        spared: "a load balancer needs it by now",
      },
    ],
    true,
  );
  expect(isTroubled(report)).toBe(true);
  expect(renderDeletion(report, none)).toBe(
    `
Stack one/shop/web:
  deleted balancer balancer-1
  failed firewall firewall-1: it is in use
Stack one/network:
  left alone: a load balancer needs it by now

1 resource deleted, 1 could not be; the command may be run again at any time.`.trim(),
  );
});
