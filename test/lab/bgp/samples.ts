/** What objects may ask for, each thing at least once: all of it has to be what FRR takes. */
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import { advertisement, bgpInput, community, given, peer, pool, profile } from "../../objects/bgp.ts";

const many = Array.from({ length: 60 }, (_, index) => given(`203.0.113.${index + 1}`));

/** Values of all attributes, on both families, united from two advertisements. */
const attributes: Partial<BgpInput> = {
  given: [
    given("203.0.113.7"),
    given("203.0.113.8", { sharer: { labels: { tier: "gold" } } }),
    given("2001:db8:9::7"),
  ],
  peers: [
    peer("router", { dualStackAddressFamily: true }),
    peer("inner", { peerAddress: "10.88.2.1", peerASN: 64500 }),
  ],
  communities: [community("names", { backup: "64500:1", far: "large:64500:4294967295:2" })],
  advertisements: [
    advertisement("all", {
      communities: [
        "no-export",
        "no-advertise",
        "no-export-subconfed",
        "no-peer",
        "blackhole",
        "graceful-shutdown",
        "backup",
        "64500:100",
      ],
    }),
    advertisement("gold", {
      serviceSelectors: [{ matchLabels: { tier: "gold" } }],
      peers: ["router"],
      communities: ["far", "large:1:2:3"],
      localPref: 4294967295,
    }),
    advertisement("inner", { peers: ["inner"], localPref: 200 }, { born: 5 }),
  ],
};

export const samples: Readonly<Record<string, BgpInput>> = {
  "one peer and one address": bgpInput(),
  "no addresses": bgpInput({ given: [] }),
  "no peers": bgpInput({ peers: [] }),
  "many addresses": bgpInput({ given: many }),
  "other addresses": bgpInput({ given: many.filter((_, index) => index % 3 === 0) }),
  "an aggregate for each family": bgpInput({
    given: [given("203.0.113.7"), given("2001:db8:9::7")],
    peers: [peer("router", { dualStackAddressFamily: true })],
    advertisements: [advertisement("all", { aggregationLength: 24, aggregationLengthV6: 64 })],
  }),
  "all attributes": bgpInput(attributes),
  "other attributes": bgpInput({
    ...attributes,
    advertisements: [advertisement("all", { communities: ["64500:100"], localPref: 7 })],
  }),
  "all of a session": bgpInput({
    peers: [
      peer("router", {
        localASN: 64999,
        peerPort: 1790,
        sourceAddress: "10.88.1.2",
        routerID: "192.0.2.1",
        holdTime: "9s",
        keepaliveTime: "3s",
        connectTime: "1s",
        passwordSecret: { name: "router" },
        bfdProfile: "fast",
        enableGracefulRestart: true,
        ebgpMultiHop: true,
        dualStackAddressFamily: true,
      }),
    ],
    passwords: new Map([["router", { ok: true, text: "s3cret!#?|$\\" }]]),
    profiles: [
      profile("fast", {
        receiveInterval: 100,
        transmitInterval: 150,
        detectMultiplier: 5,
        echoMode: true,
        echoInterval: 60,
        passiveMode: true,
        minimumTtl: 250,
      }),
    ],
  }),
  "other values of a session": bgpInput({
    peers: [
      peer("router", {
        holdTime: "0s",
        connectTime: "2s",
        passwordSecret: { name: "router" },
        bfdProfile: "slow",
      }),
    ],
    passwords: new Map([["router", { ok: true, text: "another" }]]),
    profiles: [profile("slow")],
  }),
  "another AS of the peer": bgpInput({ peers: [peer("router", { peerASN: 64502 })] }),
  "another AS of ours": bgpInput({ peers: [peer("router", { myASN: 4200000000 })] }),
  "peers by interface and by IPv6": bgpInput({
    given: [given("203.0.113.7"), given("2001:db8:9::7")],
    peers: [
      peer("cable", { interface: "cable1", dynamicASN: "external" }),
      peer("inside", { peerAddress: "fd88::1:1", dynamicASN: "internal" }),
      peer("outside", { peerAddress: "fd88::1:2", dynamicASN: "external", keepaliveTime: "10s" }),
    ],
  }),
  "peers of a VRF": bgpInput({
    given: [given("203.0.113.7"), given("2001:db8:9::7")],
    peers: [
      peer("router", {}),
      peer("red", {
        peerAddress: "10.88.1.1",
        myASN: 64600,
        vrf: "red",
        dualStackAddressFamily: true,
        bfdProfile: "fast",
      }),
      peer("cable", { interface: "cable9", vrf: "red", myASN: 64600 }),
    ],
    profiles: [profile("fast", { detectMultiplier: 4 })],
  }),
  "a peer of the default VRF by its name": bgpInput({ peers: [peer("router", { vrf: "default" })] }),
  "defaults that are said": bgpInput({
    peers: [
      peer("router", { holdTime: "180s", keepaliveTime: "60s", connectTime: "120s", bfdProfile: "fast" }),
      peer("forever", { peerAddress: "10.88.2.1", holdTime: "0s", keepaliveTime: "0s" }),
    ],
    profiles: [profile("fast", { minimumTtl: 1, echoMode: true })],
  }),
  "values that FRR has names for": bgpInput({
    advertisements: [
      advertisement("all", {
        communities: ["0:0", "65535:65535", ...Array.from({ length: 9 }, (_, index) => `65535:${index}`)],
      }),
    ],
  }),
  "long names": bgpInput({
    peers: [peer(`${"long.".repeat(40)}name`, { bfdProfile: `${"fast.".repeat(20)}er` })],
    profiles: [profile(`${"fast.".repeat(20)}er`, { detectMultiplier: 9 })],
  }),
  "pools of their own": bgpInput({
    given: [given("203.0.113.7"), given("198.51.100.1", { pool: "other" })],
    pools: [
      pool("edge", ["203.0.113.0/24"]),
      pool("other", ["198.51.100.0/24"], { labels: { side: "other" } }),
    ],
    advertisements: [
      advertisement("edge", { ipAddressPools: ["edge"] }),
      advertisement("other", {
        ipAddressPoolSelectors: [{ matchLabels: { side: "other" } }],
        communities: ["1:1"],
      }),
    ],
  }),
};
