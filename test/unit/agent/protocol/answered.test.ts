/** Nodes whose kernels answer for what no agent claims, as with kube-proxy in IPVS mode without strictARP. */
import { expect, test } from "@jest/globals";
import { type Lab, startedLab } from "./model/lab.ts";

const address = "10.0.0.9";

/** Every other node answers every question for the address, until it is stopped. */
function answeredByAll(lab: Lab): { stop(): void } {
  let isOn = true;
  const tick = (): void => {
    if (!isOn) return;
    for (const host of lab.hosts.values()) {
      const isAsking = lab.answering(address).length === 0;
      for (const other of lab.hosts.values())
        if (isAsking && other !== host)
          host.tell({ kind: "frame", address, interface: "eth0", mac: other.mac, what: "reply" });
    }
    lab.queue.at(lab.queue.now + 20, tick);
  };
  tick();
  return {
    stop: () => {
      isOn = false;
    },
  };
}

const views = (lab: Lab) =>
  [...lab.hosts.values()].flatMap(({ protocol }) =>
    (protocol?.view().addresses ?? []).filter((each) => each.address === address),
  );
const told = (lab: Lab) =>
  [...lab.hosts.values()].flatMap(({ log }) => log.filter(({ text }) => text.includes("strictARP")));

test("it is not announced; one node says so, with the node that answers and what to look at; and it is announced once the others keep silent", () => {
  const lab = startedLab({ nodes: 3, addresses: 1 });
  const kernels = answeredByAll(lab);
  lab.setAddress(address);
  lab.run(60_000);
  expect(lab.answering(address)).toEqual([]);
  expect(views(lab)).toEqual([
    expect.objectContaining({
      state: "Conflict",
      reason: "AnsweredByNode",
      message: expect.stringMatching(/^node node-\w answers for it, though no agent claims it: .*strictARP/),
    }),
  ]);
  expect(told(lab)).toHaveLength(1);
  kernels.stop();
  lab.run(8_000);
  expect(lab.answering(address)).toHaveLength(1);
  expect(views(lab)).toMatchObject([{ state: "Announcing" }]);
});

test("one answer too many is not worth telling", () => {
  const lab = startedLab({ nodes: 3, addresses: 1 });
  const kernels = answeredByAll(lab);
  lab.setAddress(address);
  lab.run(1_500);
  kernels.stop();
  lab.run(5_000);
  expect(lab.answering(address)).toHaveLength(1);
  expect(told(lab)).toEqual([]);
});

test("an address that is given back meanwhile is said nothing of any more", () => {
  const lab = startedLab({ nodes: 3, addresses: 1 });
  answeredByAll(lab);
  lab.setAddress(address);
  lab.run(30_000);
  expect(views(lab)).toHaveLength(1);
  lab.removeAddress(address);
  lab.run(2_000);
  expect(views(lab)).toEqual([]);
});
