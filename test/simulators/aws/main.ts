/** The simulated AWS by itself, until Ctrl-C: `npm run simulator:aws -- --port 4599`. */
import { argumentsOf, refuseArguments } from "../../../scripts/arguments/arguments-of.ts";
import { startAws } from "./index.ts";
import { arrangeNetwork } from "./network.ts";

const usage = `npm run simulator:aws [-- OPTIONS]: the simulated AWS until Ctrl-C

  --port PORT   where it listens on 127.0.0.1 (default: 4599; 0: any free port)
  --network     with a cluster's network in it: a VPC, subnets, instances`;
const values = argumentsOf(usage, {
  port: { type: "string", default: "4599" },
  network: { type: "boolean", default: false },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535)
  refuseArguments(`Cannot listen on port "${values.port}": give a number from 0 to 65535`, usage);

const aws = await startAws({ port, log: console.log });
console.log(`AWS is at ${aws.endpoint}, region ${aws.region}; EC2, ELB (network), ACM and STS. To use it:

  export AWS_ENDPOINT_URL=${aws.endpoint} AWS_REGION=${aws.region} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x
  aws elbv2 describe-load-balancers

moto itself, without corrections: ${aws.motoEndpoint}`);
if (values.network) {
  const { vpc, publicSubnets, internalSubnets, nodes } = await arrangeNetwork(aws);
  console.log(JSON.stringify({ vpc, publicSubnets, internalSubnets, nodes }, null, 2));
}
console.log("Ctrl-C ends it.");

let ending = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (!ending) void aws.stop();
    ending = true;
  });
