/**
 * The AWS that tests talk to: moto, a simulator of others (https://docs.getmoto.org), behind a proxy of ours which puts right
 * where moto departs from AWS for Network Load Balancers, records every call, and plays faults before and after the work.
 *
 * moto does EC2 and ACM but for a few operations. Of Elastic Load Balancing it gives out ARNs and keeps tags; everything that
 * the API says of Network Load Balancers, target groups and listeners is checked and kept here, after the API Reference and
 * the user guides, which are named where they are followed. Other kinds of load balancers are refused.
 *
 * Time is counted in calls: what AWS does in minutes takes so many describes (`Behaviour`), and tests never wait.
 */
import { behaviourOf } from "./behaviour.ts";
import { clearLoadBalancing, contentsOf } from "./contents.ts";
import { createFaults } from "./faults.ts";
import { account, motoClient, region } from "./moto/client.ts";
import { startMoto } from "./moto/server.ts";
import { startProxy } from "./proxy.ts";
import { createRateLimiter } from "./rate-limits.ts";
import { clearState, emptyState } from "./state.ts";
import type { AwsCall, AwsOptions, AwsSimulator } from "./types.ts";

export type { AwsCall, AwsSimulator, Fault, FaultRule } from "./types.ts";

/**
 * Starts moto, which is installed on the way when it is missing, and the proxy before it.
 * @throws when moto can't be installed or started, or the port is taken
 */
export async function startAws(o: AwsOptions = {}): Promise<AwsSimulator> {
  const server = await startMoto({ log: o.log });
  const moto = motoClient(server.endpoint);
  const state = emptyState();
  const calls: AwsCall[] = [];
  const faults = createFaults();
  const rates = createRateLimiter(Date.now);
  let behaviour = behaviourOf(o.behaviour);
  const refused: string[] = [];
  const world = { moto, state, behaviour: () => behaviour, policies: o.policies ?? {}, refused };

  async function stopMoto(): Promise<void> {
    moto.close();
    await server.stop();
  }

  const proxy = await startProxy(o.port ?? 0, { world, calls, faults, rates, onCall: o.onCall }).catch(
    async (error: unknown) => {
      await stopMoto();
      throw error;
    },
  );

  function forget(): void {
    clearState(state);
    faults.clear();
    rates.clear();
    calls.splice(0);
    behaviour = behaviourOf(o.behaviour);
  }

  return {
    endpoint: proxy.endpoint,
    motoEndpoint: server.endpoint,
    region,
    account,
    calls,
    refused,
    clearCalls: () => void calls.splice(0),
    fault: (rule) => faults.add(rule),
    behave(change) {
      behaviour = behaviourOf(change, behaviour);
    },
    contents: () => contentsOf(world),
    async reset() {
      await moto.reset();
      forget();
    },
    async clear() {
      await clearLoadBalancing(world);
      forget();
    },
    async stop() {
      await proxy.stop();
      await stopMoto();
    },
  };
}
