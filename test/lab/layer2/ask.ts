/** Asks for an address from a host with Debian's programs, and gives the hardware addresses that answered. */
import { expect } from "@jest/globals";
import { until } from "../support/until.ts";
import type { TestWire } from "./wire.ts";

export interface Asking {
  /** Asks once; who answered within a second, as often as it answered. */
  whoHas(address: string): Promise<string[]>;
  /** Resolves when just this one answers. */
  isAnsweredBy(address: string, mac: string): Promise<void>;
  isNotAnswered(address: string): Promise<void>;
  /** What the kernel of the host has learned; undefined: nothing. */
  learned(address: string): Promise<string | undefined>;
}

export function askFrom(wire: TestWire, host: string, interfaceName = "eth0"): Asking {
  async function whoHas(address: string): Promise<string[]> {
    const said = address.includes(":")
      ? await wire.run(host, "ndisc6", "-m", "-n", "-r", "1", "-w", "1000", address, interfaceName)
      : await wire.run(host, "arping", "-I", interfaceName, "-c", "9", "-w", "1", address);
    const macs = said.matchAll(/(?:\[|link-layer address: )((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/gi);
    return [...macs].map(([, mac = ""]) => mac.toLowerCase());
  }
  return {
    whoHas,
    async isAnsweredBy(address, mac) {
      await until(`${address} is answered for by ${mac}`, async () =>
        expect(await whoHas(address)).toEqual([mac]),
      );
    },
    async isNotAnswered(address) {
      await until(`${address} is not answered for`, async () => expect(await whoHas(address)).toEqual([]));
    },
    async learned(address) {
      const [entry] = await wire.ipJson<{ lladdr?: string }>(host, "neigh", "show", "to", address);
      return entry?.lladdr;
    },
  };
}
