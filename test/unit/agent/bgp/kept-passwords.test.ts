/** Sessions whose passwords can't be read while FRR has them. */
import { expect, test } from "@jest/globals";
import { configText } from "../../../../src/agent/bgp/frr/config.ts";
import { withKeptPasswords } from "../../../../src/agent/bgp/frr/kept-passwords.ts";
import { parseRunning } from "../../../../src/agent/bgp/frr/parse.ts";
import { renderFrr } from "../../../../src/agent/bgp/frr/render.ts";
import type { Password } from "../../../../src/agent/bgp/input.ts";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import { bgpInput, peer } from "../../../objects/bgp.ts";

const unread: Password = { ok: false, message: "can't be read: 500", unread: true };
const plan = (a: Password, b: Password) =>
  planBgp(
    bgpInput({
      peers: [
        peer("plain", {}),
        peer("a", { peerAddress: "10.88.2.1", passwordSecret: { name: "a" } }),
        peer("b", { peerAddress: "10.88.2.1", vrf: "red", passwordSecret: { name: "b" } }),
      ],
      passwords: new Map([
        ["a", a],
        ["b", b],
      ]),
    }),
  );
const runningOf = (...passwords: Parameters<typeof plan>) =>
  parseRunning("bgpd", configText(renderFrr(plan(...passwords)).filter(({ daemon }) => daemon === "bgpd")));
const one: Password = { ok: true, text: "one" };
const two: Password = { ok: true, text: "two" };

test("a session goes on with the password that FRR has, in its own VRF", () => {
  expect(renderFrr(withKeptPasswords(plan(unread, unread), runningOf(one, two)))).toEqual(
    renderFrr(plan(one, two)),
  );
  expect(renderFrr(withKeptPasswords(plan(unread, one), runningOf(one, two)))).toEqual(
    renderFrr(plan(one, one)),
  );
});

test("a session that FRR has no password for is not begun, and its VRF not either", () => {
  const gone: Password = { ok: false, message: "does not exist" };
  expect(renderFrr(withKeptPasswords(plan(unread, unread), []))).toEqual(renderFrr(plan(gone, gone)));
  expect(renderFrr(withKeptPasswords(plan(unread, one), runningOf(gone, one)))).toEqual(
    renderFrr(plan(gone, one)),
  );
});

test("why is told", () => {
  expect(plan(unread, one).problems).toEqual([
    {
      kind: "BGPPeer",
      name: "a",
      message: expect.stringContaining("Secret a can't be read: 500; its session goes on"),
    },
  ]);
});
