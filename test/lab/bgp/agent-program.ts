/** A program: the agent's BGP with the FRR in a folder, announcing addresses to the router until it is killed: `agent-program.ts DIRECTORY ADDRESS…`. */
import { join } from "node:path";
import { startBgp } from "../../../src/agent/bgp/start-bgp.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { bgpInput, given, peer } from "../../objects/bgp.ts";

const [directory = "", ...addresses] = process.argv.slice(2);
const bgp = startBgp({
  directory,
  configFile: join(directory, "frr.conf"),
  log: silentLogger,
  debounceMs: 20,
  onState: (state) => process.stdout.write(`${JSON.stringify(state)}\n`),
});
bgp.apply(
  bgpInput({
    peers: [peer("router", { connectTime: "1s" })],
    given: addresses.map((address) => given(address)),
  }),
);
