/** Layer 2 between real hosts; the programs that judge it are Debian's. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Layer2Agent, startLayer2 } from "./layer2/agent.ts";
import { addressesOf, startWire, type TestWire } from "./layer2/wire.ts";
import { describeLab } from "./support/describe-lab.ts";
import { until } from "./support/until.ts";

const node = addressesOf(1);
const client = addressesOf(2);
const VIP = "10.78.9.1";
const VIP6 = "fd78::9:1";

describeLab("layer 2", ["arping", "ndisc6", "tcpdump", "bridge"], () => {
  let wire: TestWire;
  let agent: Layer2Agent;

  beforeAll(async () => {
    wire = await startWire(["node", "client"]);
  });
  afterAll(async () => wire[Symbol.asyncDispose]());
  beforeEach(async () => {
    agent = await startLayer2(wire.namespace("node"));
  });
  afterEach(() => agent.end());

  const arping = (address: string, ...more: string[]) =>
    wire.run("client", "arping", "-I", "eth0", "-c", "2", "-w", "2", ...more, address);
  const ndisc = (address: string) =>
    wire.run("client", "ndisc6", "-1", "-r", "2", "-w", "1000", address, "eth0");

  test("answers ARP for the address that is held, and for no other", async () => {
    agent.hold(VIP);
    await until("arping is answered", async () =>
      expect(await arping(VIP)).toContain(node.mac.toUpperCase()),
    );
    expect(await arping("10.78.9.2")).toMatch(/Received 0 response/);
    agent.order({ do: "release", address: VIP });
    await until("nobody answers", async () => expect(await arping(VIP)).toMatch(/Received 0 response/));
  });

  test("answers neighbour solicitations for the address that is held, and for no other", async () => {
    agent.hold(VIP6);
    await until("ndisc6 is answered", async () =>
      expect((await ndisc(VIP6)).toLowerCase()).toContain(node.mac),
    );
    // Ends alike, so it is in the same group and passes the filter.
    expect(await ndisc("fd78:0:0:1::9:1")).toMatch(/No response|Timed out/i);
    expect(client.mac).not.toBe(node.mac);
  });
});
