/** The life of so many Services, step by step, with the calls of each. */

import { median } from "../report.ts";
import { type Tally, tally } from "./calls.ts";
import { type Controller, startController } from "./controller-process.ts";
import { type Floor, floorOf } from "./floor.ts";
import { environmentFor, type World } from "./world.ts";

export type EventName =
  | "create"
  | "one more"
  | "one less"
  | "label edited"
  | "unrelated annotation edited"
  | "annotation edited, same effect"
  | "attribute edited"
  | "source ranges edited"
  | "port added"
  | "node added"
  | "node removed"
  | "idle"
  | "restart"
  | "delete after restart"
  | "delete";

export interface Happened extends Tally {
  readonly event: EventName;
  /** How often it was done; the counts are of all times together. */
  readonly times: number;
  /** Of the controller's process, while it was done. */
  readonly peakMiB: number;
}

/** Services created at once, and when they had their hostnames. */
export interface Creation {
  readonly medianMs: number;
  readonly lastMs: number;
  /** What the rates that the controller keeps to allow for the same calls. */
  readonly floor: Floor;
  readonly throttled: number;
}

export interface Life {
  readonly services: number;
  readonly idleHours: number;
  readonly events: readonly Happened[];
  readonly created: Creation | undefined;
  /** What is left in AWS after the deletion. */
  readonly left: number;
  /** The same creation once more with the rates of AWS enforced by the simulator. */
  readonly createdLimited: Creation | undefined;
}

export interface LifeOptions {
  readonly services: number;
  readonly idleHours: number;
  readonly nodeChanges: number;
  /** Creates in real time, and once more under the simulator's own limits. Else waiting for rates passes at once, and only calls are counted. */
  readonly times: boolean;
  readonly program: string;
  readonly kubeconfig: string;
  readonly tell: (line: string) => void;
}

const attributes = "service.beta.kubernetes.io/aws-load-balancer-attributes";

/**
 * The simulator has one bucket for each service: the sums of what the provider keeps to by kind of request. "Request throttling for the
 * Amazon EC2 API" in the EC2 Developer Guide, "Request throttling for the ELB API" in the ELB User Guide.
 */
const AWS_RATES = {
  elasticloadbalancing: { perSecond: 24, burst: 100 },
  ec2: { perSecond: 25, burst: 150 },
};

const anyRate = { perSecond: 1e6, burst: 1e6 };

export async function live(world: World, o: LifeOptions): Promise<Life> {
  const { aws } = world;
  const { services: count, tell } = o;
  const start = async () => {
    const env = environmentFor(aws);
    const started = await startController(o.program, { kubeconfig: o.kubeconfig, env });
    await started.settled();
    return started;
  };
  const events: Happened[] = [];
  let controller: Controller = await start();

  const settled = () => controller.settled({ leaps: true });
  const record = async (event: EventName, times: number, work: () => Promise<unknown>) => {
    aws.clearCalls();
    controller.forgetPeak();
    const began = performance.now();
    for (let done = 0; done < times; done++) await work();
    const happened = { event, times, peakMiB: controller.usage().peakMiB, ...tally(aws.calls) };
    events.push(happened);
    const tookSeconds = Math.round((performance.now() - began) / 1000);
    tell(`${event}: ${happened.reads} reads, ${happened.writes} writes (took ${tookSeconds} s)`);
  };
  const edit = (event: EventName, patch: unknown) =>
    record(event, 1, async () => {
      await world.edit(0, patch);
      await settled();
    });
  const annotate = (event: EventName, annotations: Readonly<Record<string, string>>) =>
    edit(event, { metadata: { annotations } });
  /** Work whose waits pass at once. */
  const leaping = async (work: Promise<unknown>) => {
    let isOver = false;
    const end = work.finally(() => {
      isOver = true;
    });
    while (!isOver) await settled();
    await end;
    await settled();
  };
  const create = async (): Promise<Creation> => {
    const times = await world.create(0, count);
    const { throttled } = tally(aws.calls);
    return { medianMs: median(times), lastMs: Math.max(...times), floor: floorOf(aws.calls), throttled };
  };
  const restart = async () => {
    await controller.stop();
    controller = await start();
  };
  const remove = () => leaping(world.remove(0, count));

  let created: Creation | undefined;
  await record("create", 1, async () => {
    if (!o.times) return leaping(world.create(0, count));
    created = await create();
    await settled();
  });
  await record("one more", 1, () => leaping(world.create(count, 1)));
  await record("one less", 1, () => leaping(world.remove(count, 1)));
  await edit("label edited", { metadata: { labels: { team: "shop" } } });
  await annotate("unrelated annotation edited", { "example.com/note": "new" });
  await annotate("annotation edited, same effect", {
    [attributes]: "load_balancing.cross_zone.enabled=false",
  });
  await annotate("attribute edited", { [attributes]: "load_balancing.cross_zone.enabled=true" });
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
    await world.addNode();
    await settled();
  });
  await record("node removed", o.nodeChanges / 2, async () => {
    await world.removeNode();
    await settled();
  });
  await record("idle", 1, () => controller.pass(o.idleHours * 3_600_000));
  await record("restart", 1, async () => {
    await restart();
    await controller.settled({ looks: count });
  });
  await record("delete after restart", 1, remove);
  let createdLimited: Creation | undefined;
  if (o.times) {
    await restart();
    tell("create once more, under the rates of AWS …");
    aws.clearCalls();
    aws.behave({ rateLimits: AWS_RATES });
    createdLimited = await create();
    aws.behave({ rateLimits: { elasticloadbalancing: anyRate, ec2: anyRate } });
    await settled();
    await record("delete", 1, remove);
  }
  const left = await world.left();
  await controller.stop();
  return { services: count, idleHours: o.idleHours, events, created, createdLimited, left };
}
