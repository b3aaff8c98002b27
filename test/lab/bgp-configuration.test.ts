/** Whether FRR takes what is written for it, and what is left of it after changes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { applyConfig } from "../../src/agent/bgp/frr/apply.ts";
import { configText } from "../../src/agent/bgp/frr/config.ts";
import { renderFrr } from "../../src/agent/bgp/frr/render.ts";
import { createFrrDriver } from "../../src/agent/bgp/frr-driver.ts";
import type { BgpInput, Password } from "../../src/agent/bgp/input.ts";
import { planBgp } from "../../src/agent/bgp/plan.ts";
import { type Frr, startFrr } from "./bgp/frr.ts";
import { type BgpNetwork, startNetwork } from "./bgp/network.ts";
import { samples } from "./bgp/samples.ts";
import { describeLab } from "./support/describe-lab.ts";
import { system } from "./support/ip.ts";

describeLab("FRR's configuration", ["vtysh"], () => {
  let network: BgpNetwork;
  let node: Frr;
  beforeAll(async () => {
    network = await startNetwork(["node"], []);
    node = await startFrr(network, "node");
  });
  afterAll(() => network?.stop());

  const configOf = (input: BgpInput) => renderFrr(planBgp(input));
  const apply = (input: BgpInput) => applyConfig(node.directory, configOf(input));
  /** What is left for later is done too. */
  const settle = (input: BgpInput) => applyConfig(node.directory, configOf(input), { isQuiet: true });
  /** Of the daemons that refer to each other, as FRR shows it. */
  const running = async () => {
    const shown = await node.show("show running-config bgpd", "show running-config bfdd");
    return shown
      .split("\n")
      .filter((line) => !/^ *(!|exit.*|bfd|)$/.test(line))
      .sort();
  };

  test.each(Object.entries(samples))("FRR's own check takes the file for %s", async (name, input) => {
    expect(planBgp(input).problems).toEqual([]);
    const directory = join(network.directory, `check ${name}`);
    await mkdir(directory);
    await writeFile(join(directory, "vtysh.conf"), "");
    await writeFile(join(directory, "frr.conf"), configText(configOf(input)));
    await system("vtysh", ["--config_dir", directory, "-C"]);
  });

  test("from any configuration to any other, FRR ends with what it would have from the beginning, and a second time changes nothing", async () => {
    const inputs = Object.entries(samples);
    const nothing = samples["no peers"] as BgpInput;
    const fresh = new Map<string, readonly string[]>();
    for (const [name, input] of inputs) {
      await settle(nothing);
      expect({ name, ...(await apply(input)) }).toMatchObject({ name, refused: [] });
      expect({ name, ...(await apply(input)) }).toMatchObject({ name, changed: 0 });
      fresh.set(name, await running());
    }
    // There and back between any two.
    const walk = inputs.flatMap((one, index) => inputs.slice(index + 1).flatMap((other) => [one, other]));
    let from = inputs.at(-1)?.[0];
    for (const [to, input] of walk) {
      expect({ from, to, ...(await apply(input)) }).toMatchObject({ from, to, refused: [] });
      expect({ from, to, ...(await settle(input)) }).toMatchObject({ from, to, refused: [] });
      expect({ from, to, lines: await running() }).toEqual({ from, to, lines: fresh.get(to) });
      from = to;
    }
  });

  test("a session whose password can't be read goes on with the one that FRR has, and does not begin without", async () => {
    const sample = samples["all of a session"] as BgpInput;
    const unread = { ok: false, message: "can't be read", unread: true } as const;
    const driver = createFrrDriver({ directory: node.directory, configFile: undefined });
    const bring = (password: Password) =>
      driver.bringTo(
        planBgp({ ...sample, passwords: new Map([["router", password]]) }),
        true,
        new AbortController().signal,
      );
    await settle(samples["no peers"] as BgpInput);
    expect(await bring(unread)).toMatchObject({ reached: true, changed: 0 });
    await bring({ ok: true, text: "one" });
    expect(await bring(unread)).toMatchObject({ reached: true, changed: 0 });
    expect((await running()).filter((line) => line.includes("password"))).toEqual([
      " neighbor 10.88.1.1 password one",
    ]);
  });
});
