/** Objects that say how addresses are announced, and are refused by the API server and offline alike. */
import {
  aBarePeer,
  aBFDProfile,
  aBGPAdvertisement,
  aBGPPeer,
  aCommunity,
  anL2Advertisement,
  aPool,
} from "./build.ts";
import type { Refused } from "./refused.ts";

const name = "must be a name of lower-case letters, digits, '-' and '.', such as 'edge'";
const twice = {
  message: "must not have the same entry twice",
  serverMessage: "Duplicate value",
};
const atLeast = (least: number) => ({
  message: `must be at least ${least}`,
  serverMessage: `should be greater than or equal to ${least}`,
});
const atMost = (most: number) => ({
  message: `must be at most ${most}`,
  serverMessage: `should be less than or equal to ${most}`,
});

const pools: Refused[] = [
  {
    because: "a pool is to be announced by BGP by default",
    object: aPool({ advertise: "BGP" }),
    field: "spec.advertise",
    message: "must be one of Layer2, None",
    serverMessage: 'supported values: "Layer2", "None"',
  },
  {
    because: "a mode of layer 2 is in lower case",
    object: aPool({ layer2Mode: "bind" }),
    field: "spec.layer2Mode",
    message: "must be one of Respond, Bind; did you mean Bind?",
    serverMessage: 'supported values: "Respond", "Bind"',
  },
];

const advertisements: Refused[] = [
  {
    because: "a pool is named twice",
    object: anL2Advertisement({ ipAddressPools: ["a", "a"] }),
    field: "spec.ipAddressPools",
    ...twice,
    serverField: "spec.ipAddressPools[1]",
  },
  {
    because: "a pool has a name that none can have",
    object: anL2Advertisement({ ipAddressPools: ["Edge"] }),
    field: "spec.ipAddressPools[0]",
    message: name,
  },
  {
    because: "a list of pools is empty",
    object: anL2Advertisement({ ipAddressPools: [] }),
    field: "spec.ipAddressPools",
    message: "must have at least 1 entry",
    serverMessage: "should have at least 1 items",
  },
  ...["", "a b", "a/b", "eth0:1", "sixteen-letters-"].map((entry) => ({
    because: `${JSON.stringify(entry)} can't be an interface`,
    object: anL2Advertisement({ interfaces: [entry] }),
    field: "spec.interfaces[0]",
    ...(entry === ""
      ? { message: "must have at least 1 character", serverMessage: "should be at least 1 chars long" }
      : entry.length > 15
        ? { message: "must have at most 15 characters", serverMessage: "may not be more than 15" }
        : {
            message: "must be the name of an interface: no spaces, '/' or ':'",
            serverMessage: "should match",
          }),
  })),
  ...[0, 101].map((weight) => ({
    because: `a weight is ${weight}`,
    object: anL2Advertisement({ preferredNodeSelectors: [{ weight, preference: {} }] }),
    field: "spec.preferredNodeSelectors[0].weight",
    ...(weight === 0 ? atLeast(1) : atMost(100)),
  })),
  {
    because: "a preference says no weight",
    object: anL2Advertisement({ preferredNodeSelectors: [{ preference: {} }] }),
    field: "spec.preferredNodeSelectors[0].weight",
    message: "is required",
    serverMessage: "Required value",
  },
  {
    because: "a value is twice in one condition on labels",
    object: anL2Advertisement({
      nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b", "b"] }] }],
    }),
    field: "spec.nodeSelectors[0].matchExpressions[0].values",
    ...twice,
    serverField: "spec.nodeSelectors[0].matchExpressions[0].values[1]",
  },
  {
    because: "routes are longer than addresses",
    object: aBGPAdvertisement({ aggregationLength: 33 }),
    field: "spec.aggregationLength",
    ...atMost(32),
  },
  {
    because: "a route stands for all addresses there are",
    object: aBGPAdvertisement({ aggregationLengthV6: 0 }),
    field: "spec.aggregationLengthV6",
    ...atLeast(1),
  },
  {
    because: "a local preference has more than 32 bits",
    object: aBGPAdvertisement({ localPref: 4294967296 }),
    field: "spec.localPref",
    ...atMost(4294967295),
  },
  {
    because: "a local preference is to be none",
    object: aBGPAdvertisement({ localPref: 0 }),
    field: "spec.localPref",
    ...atLeast(1),
  },
  ...[{ aggregationLength: 24 }, { aggregationLengthV6: 64 }].map((aggregation) => ({
    because: `some Services are selected, and ${Object.keys(aggregation)[0]} makes routes of many addresses`,
    object: aBGPAdvertisement({ ...aggregation, serviceSelectors: [{ matchLabels: { a: "b" } }] }),
    field: "spec.serviceSelectors",
    message:
      "must be left out unless aggregationLength is 32 and aggregationLengthV6 is 128: other Services may have addresses in the same route",
  })),
  ...[
    "65536:1",
    "1:65536",
    "1:2:3",
    "01:2",
    ":1",
    "large:1:2",
    "large:1:2:4294967296",
    "large:99999999999:1:1",
    "-x",
    "a b",
    "1:2 ",
  ].map((community) => ({
    because: `${JSON.stringify(community)} is no community`,
    object: aBGPAdvertisement({ communities: ["64500:1", community] }),
    field: "spec.communities[1]",
    message:
      "must be a community such as 64500:100 or large:64500:1:2, a well-known name such as no-export, or a name from an object of kind Community",
  })),
  {
    because: "a route is to carry more communities than it may",
    object: aBGPAdvertisement({ communities: Array.from({ length: 64 }, (_, n) => `64500:${n}`) }),
    field: "spec.communities",
    message: "must have at most 63 entries",
    serverMessage: "must have at most 63 items",
  },
];

const time = "must be a length of time in whole hours, minutes and seconds, such as 90s or 1m30s";

const peers: Refused[] = [
  {
    because: "a peer says of no AS of ours",
    object: aBGPPeer({ myASN: undefined }),
    field: "spec.myASN",
    message: "is required",
    serverMessage: "Required value",
  },
  {
    because: "an AS is 0",
    object: aBGPPeer({ myASN: 0 }),
    field: "spec.myASN",
    ...atLeast(1),
  },
  {
    because: "an AS has more than 32 bits",
    object: aBGPPeer({ peerASN: 4294967296 }),
    field: "spec.peerASN",
    ...atMost(4294967295),
  },
  {
    because: "a peer is of no AS",
    object: aBarePeer({ peerAddress: "192.0.2.1" }),
    field: "spec",
    message: "must have either peerASN or dynamicASN",
  },
  {
    because: "a peer is of one AS and of any",
    object: aBGPPeer({ dynamicASN: "internal" }),
    field: "spec",
    message: "must have either peerASN or dynamicASN",
  },
  {
    because: "a peer is nowhere",
    object: aBarePeer({ peerASN: 1 }),
    field: "spec",
    message: "must have either peerAddress or interface",
  },
  {
    because: "a peer is in two places",
    object: aBGPPeer({ interface: "eth0" }),
    field: "spec",
    message: "must have either peerAddress or interface",
  },
  {
    because: "a peer's address is none",
    object: aBGPPeer({ peerAddress: "router.example.com" }),
    field: "spec.peerAddress",
    message: "must be an IP address such as 192.0.2.10 or 2001:db8::10",
  },
  ...[
    "0.0.0.0",
    "0.0.0.1",
    "127.0.0.1",
    "224.0.0.5",
    "255.255.255.255",
    "::",
    "::1",
    "ff02::5",
    "fe80::1",
  ].map((peerAddress) => ({
    because: `${peerAddress} is no router's address`,
    object: aBGPPeer({ peerAddress }),
    field: "spec.peerAddress",
    message: "must be the address of one router; a link-local one is reached by interface instead",
  })),
  {
    because: "a peer's port is 0",
    object: aBGPPeer({ peerPort: 0 }),
    field: "spec.peerPort",
    ...atLeast(1),
  },
  {
    because: "the source is of another family than the peer",
    object: aBGPPeer({ sourceAddress: "2001:db8::1" }),
    field: "spec.sourceAddress",
    message: "must be of the IP family of peerAddress, and be left out without it",
  },
  {
    because: "there is a source, and the peer has no address",
    object: aBarePeer({ peerASN: 1, interface: "eth0", sourceAddress: "192.0.2.1" }),
    field: "spec.sourceAddress",
    message: "must be of the IP family of peerAddress, and be left out without it",
  },
  ...["0.0.0.0", "2001:db8::1", "1"].map((routerID) => ({
    because: `${routerID} is no BGP identifier`,
    object: aBGPPeer({ routerID }),
    field: "spec.routerID",
    message: "must look like an IPv4 address other than 0.0.0.0, such as 192.0.2.1",
  })),
  ...["90", "1.5s", "500ms", "30s1m", "-3s", "90 s", "999999s"].map((holdTime) => ({
    because: `${JSON.stringify(holdTime)} is no length of time`,
    object: aBGPPeer({ holdTime }),
    field: "spec.holdTime",
    message: time,
  })),
  ...["1s", "2s", "65536s", "99999h99999m"].map((holdTime) => ({
    because: `a session outlives silence by ${holdTime}`,
    object: aBGPPeer({ holdTime }),
    field: "spec.holdTime",
    message: "must be from 3s to 65535s, or 0s",
  })),
  {
    because: "keepalives come too seldom for any hold time",
    object: aBGPPeer({ keepaliveTime: "21846s" }),
    field: "spec.keepaliveTime",
    message: "must be from 1s to 21845s, or 0s",
  },
  {
    because: "attempts to connect follow each other without a pause",
    object: aBGPPeer({ connectTime: "0s" }),
    field: "spec.connectTime",
    message: "must be from 1s to 65535s",
  },
  {
    because: "keepalives come less often than the session outlives",
    object: aBGPPeer({ holdTime: "1m", keepaliveTime: "61s" }),
    field: "spec.keepaliveTime",
    message: "must not be longer than holdTime",
  },
  ...[{ holdTime: "9s" }, {}].map((hold) => ({
    because: `there are no keepalives, and a hold time ${"holdTime" in hold ? "" : "by default"}`,
    object: aBGPPeer({ ...hold, keepaliveTime: "0s" }),
    field: "spec.keepaliveTime",
    message: "must be longer than 0s unless holdTime is 0s: the session would end for lack of keepalives",
  })),
  ...[
    { localASN: 64500 },
    { localASN: 64501 },
    { localASN: 1, peerASN: 64500 },
    { localASN: 1, peerASN: undefined, dynamicASN: "internal" },
  ].map((fields) => ({
    because: `the nodes claim to be of AS ${fields.localASN} by ${JSON.stringify(fields)}`,
    object: aBGPPeer(fields),
    field: "spec.localASN",
    message: "must be left out for internal sessions, and be neither myASN nor peerASN",
  })),
  ...[
    aBGPPeer({ ebgpMultiHop: true, peerASN: 64500 }),
    aBarePeer({ ebgpMultiHop: true, peerAddress: "192.0.2.1", dynamicASN: "internal" }),
    aBarePeer({ ebgpMultiHop: true, peerASN: 1, interface: "eth0" }),
  ].map((object) => ({
    because: `several hops make no sense for ${JSON.stringify(object.spec)}`,
    object,
    field: "spec.ebgpMultiHop",
    message: "must be left out for internal sessions, which have no such limit, and with interface",
  })),
  {
    because: "the password is in the object",
    object: aBGPPeer({ passwordSecret: "secret" }),
    field: "spec.passwordSecret",
    message: "must be an object",
    serverMessage: "must be of type object",
  },
  {
    because: "the VRF has too long a name",
    object: aBGPPeer({ vrf: "sixteen-letters-" }),
    field: "spec.vrf",
    message: "must have at most 15 characters",
    serverMessage: "may not be more than 15",
  },
];

const profiles: Refused[] = [
  ...(["receiveInterval", "transmitInterval", "echoInterval"] as const).flatMap((field) => [
    {
      because: `${field} is 9 ms`,
      object: aBFDProfile({ [field]: 9 }),
      field: `spec.${field}`,
      ...atLeast(10),
    },
    {
      because: `${field} is above a minute`,
      object: aBFDProfile({ [field]: 60001 }),
      field: `spec.${field}`,
      ...atMost(60000),
    },
  ]),
  {
    because: "one packet missed is enough",
    object: aBFDProfile({ detectMultiplier: 1 }),
    field: "spec.detectMultiplier",
    ...atLeast(2),
  },
  {
    because: "a TTL can't arrive",
    object: aBFDProfile({ minimumTtl: 255 }),
    field: "spec.minimumTtl",
    ...atMost(254),
  },
];

const communities: Refused[] = [
  {
    because: "it gives no name",
    object: aCommunity({ communities: [] }),
    field: "spec.communities",
    message: "must have at least 1 entry",
    serverMessage: "should have at least 1 items",
  },
  {
    because: "a name is there twice",
    object: aCommunity({
      communities: [
        { name: "a", value: "1:1" },
        { name: "a", value: "1:2" },
      ],
    }),
    field: "spec.communities",
    message: "must not have two entries with the same name",
    serverMessage: "Duplicate value",
    serverField: "spec.communities[1]",
  },
  ...["64500:1", "no-export", "a b", "-a"].map((alias) => ({
    because: `${JSON.stringify(alias)} can't be given as a name`,
    object: aCommunity({ communities: [{ name: alias, value: "1:1" }] }),
    field: "spec.communities[0].name",
    message:
      "must be a name of letters, digits, '-', '_' and '.', such as 'backup', and not a well-known one such as no-export",
  })),
  ...["no-export", "backup", "65536:0", "large:1:2", "1:2:3"].map((value) => ({
    because: `${JSON.stringify(value)} has no numbers of a community`,
    object: aCommunity({ communities: [{ name: "a", value }] }),
    field: "spec.communities[0].value",
    message: "must be a community such as 64500:100, or a large one such as large:64500:1:2",
  })),
];

export const refusedAnnouncing: readonly Refused[] = [
  ...pools,
  ...advertisements,
  ...peers,
  ...profiles,
  ...communities,
];
