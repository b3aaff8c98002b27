/** What bare metal records of sharing is enough to come back from. */
import { expect, test } from "@jest/globals";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import type { Member, Outcome, RecordedMember } from "../../../src/providers/provider.ts";

const signal = new AbortController().signal;
const pool = {
  metadata: { name: "edge", uid: "p", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { addresses: ["192.0.2.1-192.0.2.9"], autoAssign: true, avoidBuggyIPs: true },
};

function started() {
  const provider = createBareMetal();
  const list = (resource: { plural: string }) => (resource.plural === "ipaddresspools" ? [pool] : []);
  provider.start({ objects: { list: list as never, onChange() {} }, wake() {} });
  return provider;
}

function member(name: string, port: number, key: string | undefined): Member {
  const sharing = key === undefined ? {} : { sharing: { key, backend: "" } };
  const spec = {
    className: "metal",
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    ports: [{ protocol: "TCP", port }],
    ...sharing,
  };
  return {
    key: `shop/${name}`,
    order: name,
    lb: { metadata: { namespace: "shop", name }, spec },
    cls: { metadata: { name: "metal" }, spec: { provider: "bare-metal", policy: {} } },
  } as unknown as Member;
}

function recorded({ key, order, lb }: Member, outcome: Outcome): RecordedMember {
  const { addresses, ports, sharing } = outcome;
  return {
    key,
    order,
    namespace: "shop",
    name: lb.metadata.name ?? "",
    addresses,
    ports,
    sharing,
    ours: true,
  };
}

test("a Service that dropped its key before a restart keeps the address that its neighbour shares", async () => {
  const before = started();
  before.restore([]);
  const web = member("web", 80, "one");
  await before.ensure(member("mail", 25, "one"), signal);
  const ofWeb = await before.ensure(web, signal);
  const mail = member("mail", 25, undefined);
  const ofMail = await before.ensure(mail, signal);
  expect(ofMail.addresses).toEqual(ofWeb.addresses);
  expect(ofMail.problems.map(({ reason }) => reason)).toEqual(["SharingConflict"]);

  const after = started();
  after.restore([recorded(mail, ofMail), recorded(web, ofWeb)]);
  expect(await after.ensure(mail, signal)).toEqual(ofMail);
  expect(await after.ensure(web, signal)).toEqual(ofWeb);
});
