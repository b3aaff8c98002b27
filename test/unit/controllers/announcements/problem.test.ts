/** What is said of an address that nobody announces, or that somebody else has. */
import { expect, test } from "@jest/globals";
import type { Announcer } from "../../../../src/api/announcer.ts";
import type { Advertised } from "../../../../src/controllers/announcements/advertised-by.ts";
import {
  type AddressFacts,
  addressProblem,
  findingsOf,
} from "../../../../src/controllers/announcements/problem.ts";

const nobody = { announcing: [], probing: [], routing: [], foreign: [], unclaimed: [] };
const left: Advertised = {
  how: "advertised",
  by: [
    {
      title: "L2Advertisement left",
      spec: { nodeSelectors: [{ matchLabels: { side: "left" } }] },
      protocol: "Layer2",
    },
  ],
};
const agents = ["a", "b"].map(
  (name): Announcer => ({
    metadata: { name },
    status: { incarnation: 1, version: "1", state: name === "a" ? "Ready" : "Starting" },
  }),
);

const told = (...facts: Partial<AddressFacts>[]) =>
  findingsOf(
    facts.flatMap(
      (some) =>
        addressProblem({
          address: "192.0.2.7",
          pool: "edge",
          advertised: left,
          seen: nobody,
          policy: "Cluster",
          announcers: agents,
          silent: [],
          labelsOf: () => ({ side: "left" }),
          ...some,
        }) ?? [],
    ),
  ).map(({ reason, message }) => `${reason}: ${message}`);

test.each<[string, Partial<AddressFacts>, string]>([
  [
    "agents that are ready and silent",
    {},
    "NotAnnounced: nobody announces 192.0.2.7: agents are ready on a, but the nodes are kept out, lack the interfaces, or have no session; fairlead explain says why for each node",
  ],
  [
    "agents that have no endpoint",
    { policy: "Local" },
    "NotAnnounced: nobody announces 192.0.2.7: agents are ready on a, but with externalTrafficPolicy: Local a node announces only if a ready endpoint is on it; fairlead explain says why for each node",
  ],
  [
    "an agent that asks who has it",
    { seen: { ...nobody, probing: ["a"] } },
    "NotAnnounced: nobody announces 192.0.2.7: a finds out whether somebody else has it",
  ],
  [
    "agents without a session, where a BGPAdvertisement has ended what the pool announced by itself",
    { advertised: { how: "advertised", by: [{ title: "BGPAdvertisement tor", spec: {}, protocol: "BGP" }] } },
    "NotAnnounced: nobody announces 192.0.2.7: agents are ready on a, but the nodes are kept out, or have no session with a peer that is to hear of it; it is announced by BGP only, as no L2Advertisement is for it: create one if it should be announced on layer 2 too; fairlead explain says why for each node",
  ],
  [
    "nodes that are not selected",
    { labelsOf: () => ({ side: "right" }) },
    "NoFitNode: nobody announces 192.0.2.7: no node that L2Advertisement left selects has an agent that is ready",
  ],
  [
    "agents that are not heard of any more",
    { announcers: [], silent: ["b", "a"] },
    "NoFitNode: nobody announces 192.0.2.7: no node that L2Advertisement left selects has an agent that is ready; not heard of any more: a, b",
  ],
  [
    "somebody who has it, seen by two",
    {
      seen: {
        ...nobody,
        announcing: ["a"],
        foreign: [
          { node: "a", mac: "52:54:00:00:00:09", interfaces: ["eth0"] },
          { node: "b", mac: "52:54:00:00:00:09", interfaces: ["eth0"] },
        ],
      },
    },
    "AddressInUse: 192.0.2.7 is in use by 52:54:00:00:00:09, which is no node's, on the network of node a (eth0), seen by b too; take it from that device, or out of the pool",
  ],
  [
    "a node that has it itself",
    { seen: { ...nobody, foreign: [{ node: "b", mac: undefined, interfaces: [] }] } },
    "AddressInUse: 192.0.2.7 is node b's own address; take it away there, or leave it out of its pool",
  ],
  [
    "an address that a node answers for and no agent claims",
    {
      seen: {
        ...nobody,
        unclaimed: [{ node: "a", message: "node b answers for it, though no agent claims it" }],
      },
    },
    "NotAnnounced: nobody announces 192.0.2.7: node a may announce it, but node b answers for it, though no agent claims it",
  ],
])("of %s", (_what, facts, message) => {
  expect(told(facts)).toEqual([message]);
});

test("of two addresses with the same trouble it is said once, and nothing of one that is announced, by layer 2 or BGP", () => {
  expect(told({}, { address: "2001:db8::7" })).toEqual([
    expect.stringMatching(/^NotAnnounced: nobody announces 192.0.2.7 and 2001:db8::7: agents are ready/),
  ]);
  expect(told({ seen: { ...nobody, announcing: ["a"] } }, { seen: { ...nobody, routing: ["a"] } })).toEqual(
    [],
  );
});
