/** Feature "sharing" (law 12): several Services on one load balancer. */
import { mustBeSame } from "../compare-worlds.ts";
import { must } from "../guarantee.ts";
import { portsOf } from "../local-operator.ts";
import { addressesOf, mustBeGone, mustServe } from "../scene.ts";
import type { Case } from "./case.ts";

const group = "together";

export const sharing: readonly Case[] = [
  {
    name: "those of one group share an address; each keeps its own when others leave; the last one takes all along",
    feature: "sharing",
    run: (play) =>
      play(async ({ operator, snapshot }) => {
        const before = await snapshot();
        operator.put("web", { group });
        await operator.settle();
        const address = addressesOf(operator, "web");
        operator.put("api", { group, ports: portsOf(443) });
        await operator.settle();
        const seen = () => `${operator.told("web")}; ${operator.told("api")}`;
        for (const name of ["web", "api"]) mustServe(operator, name, "Every member of a group is served");
        const shared = "Those of one group have one address, and it is that of the first";
        must(addressesOf(operator, "api") === address, shared, seen);
        must(addressesOf(operator, "web") === address, shared, seen);
        operator.remove("web");
        await operator.settle();
        mustBeGone(operator, "web", "A member leaves while others stay");
        mustServe(operator, "api", "Those who stay are served on");
        must(addressesOf(operator, "api") === address, "Who leaves takes no address from the others", seen);
        operator.remove("api");
        await operator.settle();
        mustBeGone(operator, "api", "The last member leaves");
        mustBeSame(await snapshot(), before, "The last one to leave leaves nothing behind");
      }),
  },
  {
    name: "a port belongs to who has it: the loser is told who, and gets it when it is free",
    feature: "sharing",
    run: (play) =>
      play(async ({ operator }) => {
        operator.put("web", { group });
        await operator.settle();
        operator.put("api", { group, ports: portsOf(80) });
        await operator.settle();
        const seen = () => `${operator.told("web")}; ${operator.told("api")}`;
        mustServe(operator, "web", "Law 12: a port belongs to whoever has it");
        const lost = operator.condition("api", "Programmed");
        const isTold = lost?.reason === "PortConflict" && lost.message.includes("web");
        must(isTold, "Law 12: the loser's condition is PortConflict and names the winner", seen);
        operator.put("web", { ports: portsOf(8080) });
        await operator.settle();
        operator.wakeAll();
        await operator.settle();
        for (const name of ["web", "api"]) mustServe(operator, name, "A port that was given up is free");
      }),
  },
];
