/** Objects that say how addresses are announced, and are taken by the API server and offline alike. */
import {
  aBarePeer,
  aBFDProfile,
  aBGPAdvertisement,
  aBGPPeer,
  aCommunity,
  anL2Advertisement,
  aPool,
  type Manifest,
} from "./build.ts";

const names = (count: number, name: string) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

/** With as many conditions as a selector may have, and few values: all in one object have to fit into a request. */
const largeSelector = {
  matchLabels: Object.fromEntries(names(32, "example.com/key").map((key) => [key, "value"])),
  matchExpressions: names(32, "key").map((key) => ({ key, operator: "In", values: names(3, "value") })),
};
const full = Array.from({ length: 32 }, () => largeSelector);

const everySelection = {
  ipAddressPools: names(64, "pool"),
  ipAddressPoolSelectors: full,
  nodeSelectors: full,
};

export const acceptedAnnouncing: readonly { readonly what: string; readonly object: Manifest }[] = [
  { what: "a pool that nobody is to announce", object: aPool({ advertise: "None", layer2Mode: "Bind" }) },
  { what: "a layer 2 advertisement of everything", object: anL2Advertisement() },
  {
    what: "a layer 2 advertisement that says as much as it may",
    object: anL2Advertisement({
      ...everySelection,
      serviceSelectors: full,
      interfaces: names(64, "eth"),
      preferredNodeSelectors: full.map((preference, n) => ({ weight: n + 69, preference })),
    }),
  },
  {
    what: "interfaces with the odd names that Linux lets be",
    object: anL2Advertisement({ interfaces: ["eth0.100", "br-lan", "enp0s31f6@x", "wlan\u00e9", "a"] }),
  },
  { what: "a selector that selects everything", object: anL2Advertisement({ nodeSelectors: [{}] }) },
  { what: "a BGP advertisement of everything", object: aBGPAdvertisement() },
  {
    what: "a BGP advertisement that says as much as it may",
    object: aBGPAdvertisement({
      ...everySelection,
      aggregationLength: 24,
      aggregationLengthV6: 64,
      localPref: 4294967295,
      communities: [
        "64500:1",
        "0:0",
        "65535:65535",
        "large:4294967295:0:1",
        "no-export",
        "backup_2.x",
        ...names(57, "Name"),
      ],
      peers: names(64, "peer"),
    }),
  },
  {
    what: "a BGP advertisement of some Services",
    object: aBGPAdvertisement({
      serviceSelectors: full,
      aggregationLength: 32,
      aggregationLengthV6: 128,
    }),
  },
  { what: "a peer that says what it must", object: aBGPPeer() },
  {
    what: "a peer that says everything",
    object: aBGPPeer({
      myASN: 4294967295,
      localASN: 64999,
      peerAddress: "2001:DB8::1",
      peerPort: 65535,
      sourceAddress: "2001:db8::2",
      routerID: "198.51.100.1",
      holdTime: "1m30s",
      keepaliveTime: "90s",
      connectTime: "65535s",
      nodeSelectors: full,
      passwordSecret: { name: "router.password" },
      bfdProfile: "fast",
      enableGracefulRestart: true,
      ebgpMultiHop: true,
      vrf: "red",
      dualStackAddressFamily: true,
    }),
  },
  { what: "a peer of our own AS", object: aBGPPeer({ peerASN: 64500, holdTime: "3s" }) },
  { what: "a peer by interface", object: aBarePeer({ interface: "eth1", dynamicASN: "external" }) },
  {
    what: "a peer of whatever other AS, several hops away",
    object: aBarePeer({
      peerAddress: "169.254.1.1",
      dynamicASN: "external",
      ebgpMultiHop: true,
      localASN: 1,
    }),
  },
  {
    what: "a session that needs no keepalives",
    object: aBGPPeer({ holdTime: "0s", keepaliveTime: "0m" }),
  },
  { what: "the longest times", object: aBGPPeer({ holdTime: "18h12m15s", keepaliveTime: "21845s" }) },
  { what: "a BFD profile that says nothing", object: aBFDProfile() },
  {
    what: "a BFD profile that says everything",
    object: aBFDProfile({
      receiveInterval: 10,
      transmitInterval: 60000,
      detectMultiplier: 255,
      echoInterval: 10,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 1,
    }),
  },
  {
    what: "as many names for communities as there may be",
    object: aCommunity({
      communities: names(256, "n".repeat(59)).map((name) => ({
        name: name.slice(-63),
        value: "large:4294967295:4294967295:4294967295",
      })),
    }),
  },
];
