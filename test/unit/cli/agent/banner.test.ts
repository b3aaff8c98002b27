/** What `fairlead agent` prints at its start. */
import { expect, test } from "@jest/globals";
import { type BannerInput, banner } from "../../../../src/cli/agent/banner.ts";

const printed = (o: Partial<BannerInput["agent"]> = {}, keys: Pick<BannerInput, "keys"> = { keys: 2 }) =>
  banner({
    version: "1.2.3",
    node: "node-a",
    heartbeatPort: 7947,
    ...keys,
    keyFile: "/etc/fairlead/keys",
    agent: {
      incarnation: 4,
      interfaces: [
        { name: "lo", index: 1, mac: "", up: true, networks: [], skipped: "is a loopback interface" },
        { name: "eth0", index: 2, mac: "02:00:00:00:00:01", up: true, networks: [] },
        { name: "eth1", index: 3, mac: "02:00:00:00:00:02", up: false, networks: [] },
      ],
      capabilities: [
        { name: "RawSockets", available: true },
        { name: "BindAddresses", available: false, message: "nft is missing" },
      ],
      ...o,
    },
  });

test("which interfaces, which are skipped and why, which mode, what it can do and what not", () => {
  expect(printed()).toBe(`fairlead agent 1.2.3, node node-a, incarnation 4

Mode         layer 2 (ARP, NDP)
Heartbeats   UDP port 7947, authenticated by 2 keys from /etc/fairlead/keys

INTERFACE   MAC                 STATE
eth0        02:00:00:00:00:01   used
eth1        02:00:00:00:00:02   used as soon as it is up
lo          -                   skipped: is a loopback interface

CAPABILITY      HERE   NOTE
RawSockets      yes    -
BindAddresses   no     nft is missing
`);
});

test("that it can't do layer 2, and that heartbeats are not authenticated, is not to be overlooked", () => {
  const capabilities = [
    { name: "RawSockets", available: false, message: "CAP_NET_RAW is missing" },
    { name: "BGP", available: true },
  ];
  const text = printed({ capabilities, interfaces: [] }, { keys: undefined });
  expect(text).toContain("no layer 2: it can't open raw sockets; BGP");
  expect(text).toContain("NOT authenticated");
  expect(text).toContain("CAP_NET_RAW is missing");
});
