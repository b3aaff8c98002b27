/** From creation to deletion without trouble: what is there, what it costs, and what is left. */
import { mustBeSame } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import { portsOf } from "../local-operator.ts";
import { addressesOf, mustBeGone, mustNotWrite, mustServe, type Play } from "../scene.ts";
import type { Case } from "./case.ts";

const hourMs = 3_600_000;

/** What the cloud holds for a load balancer with these ports that was made so. */
async function fresh(play: Play, ...ports: readonly number[]) {
  return play(async ({ operator, snapshot }) => {
    operator.put("web", { ports: portsOf(...ports) });
    await operator.settle();
    mustServe(operator, "web", `A load balancer with the ports ${ports.join(", ")} is served`);
    return snapshot();
  });
}

export const lifeCycle: readonly Case[] = [
  {
    name: "a load balancer comes, has an address, and leaves nothing behind",
    run: (play) =>
      play(async ({ operator, snapshot, cloud }) => {
        const before = await snapshot();
        operator.put("web");
        await operator.settle();
        mustServe(operator, "web", "A load balancer that nothing stands against is served");
        const made = (await snapshot()).length - before.length;
        must(made > 0, "What is served exists in the cloud", () => "no more objects than before");
        const { resources = [] } = operator.get("web")?.status ?? {};
        must(resources.length > 0, "Status lists the cloud's resources", () => "none");
        operator.remove("web");
        await operator.settle();
        mustBeGone(operator, "web", "Deletion ends, and the finalizer goes");
        mustBeSame(await snapshot(), before, "Nothing is left in the cloud after a deletion");
        cloud.clear();
        await operator.pass(3 * hourMs);
        mustNotWrite(cloud, "What is gone costs no writes");
      }),
  },
  {
    name: "working again costs no call, and the verification of an unchanged load balancer no write",
    run: (play) =>
      play(async ({ operator, cloud }) => {
        operator.put("web", { ports: portsOf(80, 443) });
        await operator.settle();
        mustServe(operator, "web", "A load balancer that nothing stands against is served");
        cloud.clear();
        operator.wakeAll();
        await operator.settle();
        const names = () => cloud.calls.map(({ name }) => name).join(", ");
        must(
          cloud.calls.length === 0,
          "Law 7: an unchanged load balancer whose state is known costs no call",
          names,
        );
        await operator.pass(3 * hourMs);
        mustNotWrite(
          cloud,
          "Law 7: an unchanged load balancer costs no writes, not when it is verified either",
        );
        mustServe(operator, "web", "Verification changes nothing");
      }),
  },
  {
    name: "a restart writes nothing and moves no address",
    run: (play) =>
      play(async ({ operator, cloud, snapshot }) => {
        for (const name of ["web", "api"]) operator.put(name);
        await operator.settle();
        const before = await snapshot();
        const addresses = addressesOf(operator, "web");
        cloud.clear();
        operator.restart();
        await operator.settle();
        mustNotWrite(cloud, "Law 4: a restart writes nothing");
        const seen = () => `${addresses} became ${addressesOf(operator, "web")}`;
        must(addressesOf(operator, "web") === addresses, "Law 4: a restart moves no address", seen);
        await operator.pass(3 * hourMs);
        mustNotWrite(cloud, "What was found by another process is taken as it is");
        mustBeSame(await snapshot(), before, "A restart changes nothing in the cloud");
        for (const name of ["web", "api"]) mustServe(operator, name, "After a restart all are served");
      }),
  },
  {
    name: "ports are added, removed and changed, and the address stays",
    async run(play) {
      const one = await fresh(play, 80);
      const two = await fresh(play, 80, 443);
      const other = await fresh(play, 443, 8080);
      await play(async ({ operator, snapshot }) => {
        const change = async (...ports: readonly number[]) => {
          operator.put("web", { ports: portsOf(...ports) });
          await operator.settle();
          mustServe(operator, "web", `After a change to the ports ${ports.join(", ")} it is served`);
          return snapshot();
        };
        const same = "A changed load balancer is the same as one made so";
        mustBeSame(await change(80), one, same);
        const address = addressesOf(operator, "web");
        mustBeSame(await change(80, 443), two, `${same} (port added)`);
        mustBeSame(await change(443, 8080), other, `${same} (port changed)`);
        mustBeSame(await change(80), one, `${same} (ports removed)`);
        const seen = () => `${address} became ${addressesOf(operator, "web")}`;
        must(addressesOf(operator, "web") === address, "Changes of ports keep the address", seen);
      });
    },
  },
  {
    name: "load balancers that share nothing do not touch each other",
    async run(play) {
      const alone = await fresh(play, 80);
      await play(async ({ operator, snapshot }) => {
        operator.put("web");
        await operator.settle();
        const address = addressesOf(operator, "web");
        operator.put("api", { ports: portsOf(80, 443) });
        await operator.settle();
        mustServe(operator, "api", "A second load balancer is served");
        operator.remove("api");
        await operator.settle();
        mustBeGone(operator, "api", "Deletion ends, and the finalizer goes");
        mustBeSame(await snapshot(), alone, "What one leaves behind is what there was without it");
        mustServe(operator, "web", "The other one is served on");
        const seen = () => `${address} became ${addressesOf(operator, "web")}`;
        must(addressesOf(operator, "web") === address, "The other one keeps its address", seen);
      });
    },
  },
];
