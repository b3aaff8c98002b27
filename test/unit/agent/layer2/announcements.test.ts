import { expect, test } from "@jest/globals";
import { createAnnouncements } from "../../../../src/agent/layer2/announcements.ts";

const place = { address: "192.0.2.1", interface: "eth0" };

/** When it is announced, if everything that is due is sent at once. */
function timesOf(count: number, address = place.address): number[] {
  const announcements = createAnnouncements();
  announcements.start({ ...place, address }, 1000);
  return Array.from({ length: count }, () => {
    const at = announcements.next() ?? Number.NaN;
    for (const due of announcements.due(at)) announcements.sent(due, at);
    return at - 1000;
  });
}

test("announces five times with a pause that Linux takes changes after, then every minute, each address at its own time", () => {
  const times = timesOf(8);
  expect(times.slice(0, 5)).toEqual([0, 1100, 2200, 3300, 4400]);
  const [first = 0, second = 0, third = 0] = times.slice(5);
  expect(first).toBeGreaterThanOrEqual(4400 + 30_000);
  expect(first).toBeLessThanOrEqual(4400 + 90_000);
  expect([second - first, third - second]).toEqual([60_000, 60_000]);
  const starts = new Set(Array.from({ length: 50 }, (_, n) => timesOf(6, `192.0.2.${n}`)[5]));
  expect(starts.size).toBeGreaterThan(40);
});

test("tries again what could not be sent, and does not count it", () => {
  const announcements = createAnnouncements();
  announcements.start(place, 0);
  expect(announcements.due(0)).toEqual([expect.objectContaining(place)]);
  announcements.later(place, 20);
  expect(announcements.next()).toBe(20);
  expect(announcements.due(19)).toEqual([]);
  for (const due of announcements.due(20)) announcements.sent(due, 20);
  expect(announcements.next()).toBe(1120);
});

test("forgets an address on one interface, or everywhere, and begins again when it is started again", () => {
  const announcements = createAnnouncements();
  for (const name of ["eth0", "eth1"]) announcements.start({ ...place, interface: name }, 0);
  announcements.stop(place.address, "eth0");
  expect(announcements.due(0).map((due) => due.interface)).toEqual(["eth1"]);
  announcements.stop(place.address);
  announcements.sent({ ...place, interface: "eth1" }, 0);
  expect(announcements.due(100_000)).toEqual([]);
  announcements.start(place, 200_000);
  expect(announcements.due(200_000)).toHaveLength(1);
});

test("announces thousands at once when they are new, and in parts when it is for the second time", () => {
  const announcements = createAnnouncements();
  for (let n = 0; n < 1000; n++) announcements.start({ ...place, address: `2001:db8::${n}` }, 0);
  const first = announcements.due(0);
  expect(first).toHaveLength(1000);
  for (const due of first) announcements.sent(due, 0);
  const parts: number[] = [];
  while (announcements.next() === 1100) {
    const due = announcements.due(1100);
    parts.push(due.length);
    for (const one of due) announcements.sent(one, 1100);
  }
  expect(parts.reduce((sum, part) => sum + part)).toBe(1000);
  expect(Math.max(...parts)).toBeLessThan(1000);
});
