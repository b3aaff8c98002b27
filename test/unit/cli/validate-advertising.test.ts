/** What `fairlead validate` says of advertisements, peers and communities beside each other. */
import { expect, test } from "@jest/globals";
import { describeManifestProblem } from "../../../src/cli/manifests/interpret.ts";
import { advertisingProblems } from "../../../src/cli/validate/advertising.ts";
import { pool, read } from "./manifests.ts";

const of = (kind: string, name: string, spec: object) => ({
  apiVersion: "fairlead.io/v1alpha1",
  kind,
  metadata: { name },
  spec,
});

const told = (...values: readonly object[]) =>
  advertisingProblems(read(...values)).map(
    (problem) => `${problem.severity} ${describeManifestProblem(problem).replace(/^\S+ /, "")}`,
  );

const peer = (name: string, more: object) => of("BGPPeer", name, { myASN: 64500, peerASN: 64501, ...more });

test("what fits together has no problems, and what may be in the cluster already is not missed", () => {
  expect(
    told(
      of("L2Advertisement", "all", { ipAddressPools: ["elsewhere"] }),
      of("BGPAdvertisement", "all", { peers: ["elsewhere"], communities: ["elsewhere"] }),
    ),
  ).toEqual([]);
  expect(
    told(
      pool(["192.0.2.0/24", "2001:db8::/64"]),
      of("L2Advertisement", "all", {}),
      of("BGPAdvertisement", "all", {
        aggregationLength: 24,
        aggregationLengthV6: 64,
        communities: ["backup"],
      }),
      of("Community", "names", { communities: [{ name: "backup", value: "64500:1" }] }),
      of("BFDProfile", "fast", {}),
      peer("one", { peerAddress: "192.0.2.1", bfdProfile: "fast" }),
      peer("two", { peerAddress: "192.0.2.1", vrf: "red" }),
    ),
  ).toEqual([]);
});

test("names of which others are there are told with what was probably meant", () => {
  expect(
    told(
      pool(["192.0.2.0/24"]),
      of("L2Advertisement", "typo", { ipAddressPools: ["egde"] }),
      of("BGPAdvertisement", "typo", { peers: ["oen"] }),
      of("BFDProfile", "fast", {}),
      peer("one", { peerAddress: "192.0.2.1", bfdProfile: "slow" }),
    ),
  ).toEqual([
    'warning L2Advertisement typo: spec.ipAddressPools: there is no IPAddressPool "egde" (did you mean edge?); create it, or correct the name',
    'warning BGPAdvertisement typo: spec.peers: there is no BGPPeer "oen" (did you mean one?); create it, or correct the name',
    'warning BGPPeer one: spec.bfdProfile: there is no BFDProfile "slow"; create it, or correct the name',
  ]);
});

test("a peer that one BGP daemon can't have beside an earlier one is an error", () => {
  const first = peer("first", { peerAddress: "2001:db8::1" });
  expect(told(first, peer("same", { peerAddress: "2001:DB8:0::1" }))).toEqual([
    'error BGPPeer same: spec.peerAddress: "2001:DB8:0::1" is that of BGPPeer "first"; change one of them, or let them select different nodes',
  ]);
  expect(told(first, peer("other", { myASN: 64999, interface: "eth1" }))).toEqual([
    'error BGPPeer other: spec.myASN: 64999 differs from the 64500 of BGPPeer "first"; change one of them, or let them select different nodes',
  ]);
});

test("routes that cover what is not of the pool are an error if none fits, and a warning if those at the ends do not", () => {
  const wide = (addresses: string, spec: object) =>
    told(pool([addresses]), of("BGPAdvertisement", "wide", spec));
  expect(wide("192.0.2.2-192.0.2.254", { aggregationLength: 24 })).toEqual([
    expect.stringMatching(
      /^error .*spec.aggregationLength: every route of \/24 would cover addresses beside 192.0.2.2-/,
    ),
  ]);
  expect(wide("192.0.2.2-192.0.2.254", { aggregationLength: 26 })).toEqual([
    expect.stringMatching(/^warning .*spec.aggregationLength: at the ends of 192.0.2.2-192.0.2.254/),
  ]);
  expect(wide("2001:db8::/64", { aggregationLengthV6: 48 })).toEqual([
    expect.stringMatching(/^error .*spec.aggregationLengthV6: every route of \/48/),
  ]);
  // Two entries that touch are one.
  expect(
    told(pool(["192.0.2.0/25", "192.0.2.128/25"]), of("BGPAdvertisement", "one", { aggregationLength: 24 })),
  ).toEqual([]);
});

test("two local preferences for one route are an error, and are none for other peers, pools, lengths or Services", () => {
  const both = (a: object, b: object) =>
    told(
      pool(["192.0.2.0/24"]),
      of("BGPAdvertisement", "a", { localPref: 100, ...a }),
      of("BGPAdvertisement", "b", { localPref: 200, ...b }),
    );
  expect(both({}, {})).toEqual([
    expect.stringMatching(/^error BGPAdvertisement b: spec.localPref: BGPAdvertisement "a" gives/),
  ]);
  expect(both({ peers: ["x"] }, { peers: ["y"] })).toEqual([]);
  expect(both({}, { aggregationLength: 25 })).toEqual([]);
  expect(both({ serviceSelectors: [{ matchLabels: { tier: "gold" } }] }, {})).toEqual([]);
  expect(both({}, { localPref: 100 })).toEqual([]);
});
