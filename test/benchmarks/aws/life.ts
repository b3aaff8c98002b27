/** The life of so many Services, step by step, with the calls of each. */

import { type Tally, tally } from "./calls.ts";
import { type Controller, startController } from "./controller-process.ts";
import { environmentFor, type World } from "./world.ts";

export type EventName =
  | "create"
  | "one more"
  | "one less"
  | "label edited"
  | "unrelated annotation edited"
  | "attribute edited"
  | "source ranges edited"
  | "port added"
  | "node added"
  | "node removed"
  | "idle"
  | "restart"
  | "delete";

export interface Happened extends Tally {
  readonly event: EventName;
  /** How often it was done; the counts are of all times together. */
  readonly times: number;
}

export interface Life {
  readonly services: number;
  readonly idleHours: number;
  readonly events: readonly Happened[];
  /** From creation to hostname, all created at once. */
  readonly hostnameMs: readonly number[];
  /** Of the controller's process, the restarted one too. */
  readonly peakMiB: number;
  /** What is left in AWS after the deletion. */
  readonly left: number;
  /** The same creation once more with the rates of AWS enforced by the simulator. */
  readonly limited?: { readonly hostnameMs: readonly number[]; readonly throttled: number };
}

export interface LifeOptions {
  readonly services: number;
  readonly idleHours: number;
  readonly nodeChanges: number;
  readonly program: string;
  readonly kubeconfig: string;
  /** Creates once more under the simulator's own limits, and deletes. */
  readonly limits: boolean;
  readonly tell: (line: string) => void;
}

const annotation = "service.beta.kubernetes.io/aws-load-balancer-attributes";

/**
 * The simulator has one bucket for each service: the sums of what the provider keeps to by kind of request. "Request throttling for the
 * Amazon EC2 API" in the EC2 Developer Guide, "Request throttling for the ELB API" in the ELB User Guide.
 */
const AWS_RATES = {
  elasticloadbalancing: { perSecond: 24, burst: 100 },
  ec2: { perSecond: 25, burst: 150 },
};

export async function live(world: World, o: LifeOptions): Promise<Life> {
  const { aws } = world;
  const { services: count, tell } = o;
  const start = () => startController(o.program, { kubeconfig: o.kubeconfig, env: environmentFor(aws) });
  const events: Happened[] = [];
  const peaks: number[] = [];
  let controller: Controller = await start();
  await controller.settled();

  const settled = () => controller.settled({ leaps: true });
  const record = async (event: EventName, times: number, work: () => Promise<unknown>) => {
    tell(`${event} …`);
    aws.clearCalls();
    await work();
    events.push({ event, times, ...tally(aws.calls) });
  };
  const stop = async () => {
    peaks.push(controller.usage().peakMiB);
    await controller.stop();
  };
  const edit = (event: EventName, patch: unknown) =>
    record(event, 1, async () => {
      await world.edit(0, patch);
      await settled();
    });

  let hostnameMs: readonly number[] = [];
  await record("create", 1, async () => {
    hostnameMs = await world.create(0, count);
    await settled();
  });
  await record("one more", 1, async () => {
    await world.create(count, 1);
    await settled();
  });
  await record("one less", 1, async () => {
    await world.remove(count, 1);
    await settled();
  });
  await edit("label edited", { metadata: { labels: { team: "shop" } } });
  await edit("unrelated annotation edited", { metadata: { annotations: { "example.com/note": "new" } } });
  await edit("attribute edited", {
    metadata: { annotations: { [annotation]: "load_balancing.cross_zone.enabled=true" } },
  });
  await edit("source ranges edited", { spec: { loadBalancerSourceRanges: ["10.0.0.0/8"] } });
  await edit("port added", {
    spec: {
      ports: [
        { name: "http", port: 80, protocol: "TCP", targetPort: 8080 },
        { name: "https", port: 443, protocol: "TCP", targetPort: 8443 },
      ],
    },
  });
  await record("node added", o.nodeChanges / 2, async () => {
    for (let done = 0; done < o.nodeChanges / 2; done++) {
      await world.addNode();
      await settled();
    }
  });
  await record("node removed", o.nodeChanges / 2, async () => {
    for (let done = 0; done < o.nodeChanges / 2; done++) {
      await world.removeNode();
      await settled();
    }
  });
  await record("idle", 1, () => controller.pass(o.idleHours * 3_600_000));
  await stop();
  await record("restart", 1, async () => {
    controller = await start();
    await controller.settled({ looks: count });
  });
  await record("delete", 1, async () => {
    await Promise.all([world.remove(0, count), settled()]);
    await settled();
  });
  const left = await world.left();
  const limited = o.limits ? await createLimited() : undefined;
  await stop();
  return {
    services: count,
    idleHours: o.idleHours,
    events,
    hostnameMs,
    peakMiB: Math.max(...peaks),
    left,
    ...limited,
  };

  async function createLimited(): Promise<Pick<Life, "limited">> {
    tell("create and delete once more, under the rates of AWS …");
    await stop();
    controller = await start();
    await controller.settled();
    aws.clearCalls();
    aws.behave({ rateLimits: AWS_RATES });
    const again = await world.create(0, count);
    const { throttled } = tally(aws.calls);
    await Promise.all([world.remove(0, count), controller.settled()]);
    return { limited: { hostnameMs: again, throttled } };
  }
}
