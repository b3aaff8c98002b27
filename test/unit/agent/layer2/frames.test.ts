/** Frames of Linux 6.18, arping and ndisc6, recorded with tcpdump, beside what is read from and written as them. */
import { describe, expect, test } from "@jest/globals";
import { arpAnnouncements, arpAnswer, arpProbe, readArp } from "../../../../src/agent/layer2/arp.ts";
import { answerFrame, readFrame } from "../../../../src/agent/layer2/frames.ts";
import {
  ndpAnnouncement,
  ndpAnswer,
  ndpProbe,
  readNdp,
  solicitedNodeGroup,
} from "../../../../src/agent/layer2/ndp.ts";
import { macBytes } from "../../../../src/agent/linux/address-bytes.ts";

const owner = macBytes("02:78:00:00:00:01");
const asker = macBytes("02:78:00:00:00:02");

const recorded = {
  arpQuestion: "ffffffffffff0278000000020806 0001080006040001 0278000000020a4e0002 ffffffffffff0a4e0901",
  arpAnswer: "0278000000020278000000010806 0001080006040002 0278000000010a4e0901 0278000000020a4e0002",
  arpProbe: "ffffffffffff0278000000020806 0001080006040001 02780000000200000000 ffffffffffff0a4e0901",
  arpAnswerToProbe: "0278000000020278000000010806 0001080006040002 0278000000010a4e0901 02780000000200000000",
  arpAnnouncement: "ffffffffffff0278000000020806 0001080006040001 0278000000020a4e0002 ffffffffffff0a4e0002",
  arpReplyToAll: "ffffffffffff0278000000020806 0001080006040002 0278000000020a4e0002 0278000000020a4e0002",
  solicitation:
    "3333ff09000102780000000286dd 600d6d8b00203aff fe80000000000000007800fffe000002 ff0200000000000000000001ff090001 87007b9d00000000 fd780000000000000000000000090001 0101027800000002",
  advertisement:
    "02780000000202780000000186dd 6000000000203aff fd780000000000000000000000090001 fe80000000000000007800fffe000002 88001a2a60000000 fd780000000000000000000000090001 0201027800000001",
  /** With a nonce (RFC 7527). */
  detection:
    "3333ff09000102780000000286dd 6000000000203aff 00000000000000000000000000000000 ff0200000000000000000001ff090001 870026f600000000 fd780000000000000000000000090001 0e01d57547462b60",
  answerToDetection:
    "33330000000102780000000186dd 6000000000203aff fd780000000000000000000000090001 ff020000000000000000000000000001 8800592120000000 fd780000000000000000000000090001 0201027800000001",
};

describe("ARP", () => {
  test("answers as the kernel does", () => {
    expect(hex(arpAnswer(owner, "10.78.9.1", { mac: asker, address: "10.78.0.2" }))).toBe(text("arpAnswer"));
    expect(hex(arpAnswer(owner, "10.78.9.1", { mac: asker, address: undefined }))).toBe(
      text("arpAnswerToProbe"),
    );
  });

  test("announces as a request and as a reply, to all", () => {
    const [request, reply] = arpAnnouncements(asker, "10.78.0.2").map(hex);
    expect(request).toBe(text("arpAnnouncement"));
    expect(reply).toBe(text("arpAnnouncement").replace("06040001", "06040002"));
  });

  test("asks without an address of its own, for no hardware address (RFC 5227 §2.1.1)", () => {
    expect(hex(arpProbe(asker, "10.78.9.1"))).toBe(
      text("arpProbe").replace("ffffffffffff0a4e0901", "0000000000000a4e0901"),
    );
  });

  test("reads questions, claims and probes", () => {
    const mac = asker;
    expect(readArp(bytes("arpQuestion"))).toEqual({
      kind: "question",
      target: "10.78.9.1",
      askerMac: mac,
      asker: "10.78.0.2",
    });
    expect(readArp(bytes("arpProbe"))).toMatchObject({
      kind: "question",
      target: "10.78.9.1",
      asker: undefined,
    });
    expect(readArp(bytes("arpAnswer"))).toEqual({
      kind: "claim",
      address: "10.78.9.1",
      mac: owner,
      solicited: true,
    });
    for (const name of ["arpAnnouncement", "arpReplyToAll"] as const)
      expect(readArp(bytes(name))).toEqual({ kind: "claim", address: "10.78.0.2", mac, solicited: false });
  });

  test.each([
    ["is cut short", text("arpAnswer").slice(0, -2)],
    ["is of another kind of hardware", text("arpAnswer").replace("08060001", "08060006")],
    ["is of another protocol", text("arpAnswer").replace("0800060400", "86dd060400")],
    ["asks nothing and answers nothing (RARP)", text("arpAnswer").replace("06040002", "06040003")],
  ])("leaves alone what %s", (_, frame) => {
    expect(readArp(Buffer.from(frame, "hex"))).toBeUndefined();
  });
});

describe("neighbour discovery", () => {
  test("answers as the kernel does, checksum and all", () => {
    const address = "fe80::78:ff:fe00:2";
    expect(hex(ndpAnswer(owner, "fd78::9:1", { mac: asker, address }))).toBe(text("advertisement"));
    expect(hex(ndpAnswer(owner, "fd78::9:1", { mac: asker, address: undefined }))).toBe(
      text("answerToDetection"),
    );
  });

  test("announces to all nodes", () => {
    expect(hex(ndpAnnouncement(owner, "fd78::9:1"))).toBe(text("answerToDetection"));
  });

  test("asks as the kernel does before it uses an address, but for the nonce", () => {
    const frame = readNdp(ndpProbe(asker, "fd78::9:1"));
    expect(frame).toEqual({ kind: "question", target: "fd78::9:1", askerMac: asker, asker: undefined });
    const [head, source, group] = recorded.detection.split(" ").slice(1, 4);
    expect(hex(ndpProbe(asker, "fd78::9:1"))).toContain(
      `${head?.replace("0020", "0018")}${source}${group}8700`,
    );
    expect(checksumIsRight(ndpProbe(asker, "fd78::9:1"))).toBe(true);
  });

  test("reads questions, detections and claims", () => {
    const target = "fd78::9:1";
    expect(readNdp(bytes("solicitation"))).toEqual({
      kind: "question",
      target,
      askerMac: asker,
      asker: "fe80::78:ff:fe00:2",
    });
    expect(readNdp(bytes("detection"))).toEqual({
      kind: "question",
      target,
      askerMac: asker,
      asker: undefined,
    });
    expect(readNdp(bytes("advertisement"))).toEqual({
      kind: "claim",
      address: target,
      mac: owner,
      solicited: true,
    });
    expect(readNdp(bytes("answerToDetection"))).toMatchObject({ kind: "claim", solicited: false });
  });

  test.each([
    ["a router has passed on", text("solicitation").replace("203aff", "203afe")],
    ["has a code", text("solicitation").replace("87007b9d", "87017b9d")],
    ["is cut short", text("solicitation").slice(0, -2)],
    ["has an option without a length", text("solicitation").replace("0101027800000002", "0100027800000002")],
    [
      "has an option that goes on behind the end",
      text("solicitation").replace("0101027800000002", "0102027800000002"),
    ],
    [
      "asks from an IPv4 address in disguise",
      text("solicitation").replace("fe80000000000000007800fffe000002", "00000000000000000000ffff0a090002"),
    ],
    [
      "asks from the loopback address",
      text("solicitation").replace("fe80000000000000007800fffe000002", `${"0".repeat(31)}1`),
    ],
    [
      "asks from a group",
      text("solicitation").replace("fe80000000000000007800fffe000002", `ff02${"0".repeat(27)}1`),
    ],
    ["asks for a group", text("solicitation").replace("00000000fd78", "00000000ff78")],
    ["is something else (router solicitation)", text("solicitation").replace("87007b9d", "85007b9d")],
  ])("leaves alone what %s", (_, frame) => {
    expect(readNdp(Buffer.from(frame, "hex"))).toBeUndefined();
  });

  test("puts addresses that end alike in one group", () => {
    expect(solicitedNodeGroup("fd78::12:3456")).toBe("ff02::1:ff12:3456");
    expect(solicitedNodeGroup("2001:db8:1:2:3:4:ab12:3456")).toBe("ff02::1:ff12:3456");
  });
});

test("can answer whatever is read as a question", () => {
  for (const name of ["arpQuestion", "arpProbe", "solicitation", "detection"] as const) {
    for (let at = 6; at < bytes(name).length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const frame = Uint8Array.from(bytes(name)).fill(value, at, at + 12);
        const packet = readFrame(frame);
        if (packet?.kind !== "question") continue;
        const held = packet.target.includes(":") ? "fd78::9:1" : "10.78.9.1";
        const answer = answerFrame("02:78:00:00:00:01", held, {
          mac: packet.askerMac,
          address: packet.asker,
        });
        expect(readFrame(answer)).toMatchObject({ kind: "claim", address: held, mac: owner });
      }
    }
  }
});

test("reads nothing from noise", () => {
  for (let length = 0; length < 100; length++) {
    const noise = Buffer.alloc(length, length);
    expect([readArp(noise), readNdp(noise)]).toEqual([undefined, undefined]);
  }
});

function text(name: keyof typeof recorded): string {
  return recorded[name].replaceAll(" ", "");
}

function bytes(name: keyof typeof recorded): Uint8Array {
  return Buffer.from(text(name), "hex");
}

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString("hex");
}

/** RFC 1071: with the checksum in place the sum is all ones. */
function checksumIsRight(frame: Uint8Array): boolean {
  let sum = frame.length - 54 + 58;
  for (let at = 22; at < frame.length; at += 2) sum += ((frame[at] ?? 0) << 8) + (frame[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}
