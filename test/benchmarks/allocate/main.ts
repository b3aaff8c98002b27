/**
 * `npm run bench:allocate`: how long until so many Services have an address in status, against a floor measured in the same run.
 *
 * - warm: the controller runs, the Services are created at once; from the first creation to the last address.
 * - cold: the Services are there, the controller starts; from its start to the last address.
 * - restart: all have their address, the controller starts again; from its start until it has nothing in hand.
 * - floor: the requests that a controller made for the same, recorded once and made again by bare HTTP, in a fresh control plane.
 * - bare: one status patch for each Service and nothing else, 50 at a time.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import PQueue from "p-queue";
import { ipAddressPools } from "../../../src/api/ip-address-pool.ts";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancerClasses } from "../../../src/api/load-balancer-class.ts";
import { CONTROLLER } from "../../integration/support/installation.ts";
import { describeMachine, median, printTable, type Row, readArguments, writeFigures } from "../report.ts";
import { end, startController } from "./controller-process.ts";
import { isEvent, isForService, kindOf, mostAtOnce, type RecordedRequest } from "./recording.ts";
import { bareClient, replay } from "./replay.ts";
import { CLIENTS, makeWorld, NAMESPACE, newService, serviceName, type World } from "./world.ts";

type Shape = "warm" | "cold";

interface Recording {
  readonly requests: readonly RecordedRequest[];
  /** UID by name of everything that requests may carry. */
  readonly uids: ReadonlyMap<string, string>;
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const args = readArguments({ services: 5_000, rounds: 3 });
const machine = describeMachine();
const directory = await mkdtemp(join(tmpdir(), "fairlead-bench-"));
console.log(`bench:allocate: ${args.services} Services, ${args.rounds} rounds`);
console.log(JSON.stringify(machine));
try {
  const recordings = { warm: await record("warm"), cold: await record("cold") };
  const rounds = [];
  for (let round = 1; round <= args.rounds; round++) {
    console.log(`round ${round} of ${args.rounds}`);
    rounds.push({
      warm: await measureWarm(),
      warmFloor: await measureFloor("warm", recordings.warm),
      ...(await measureCold()),
      coldFloor: await measureFloor("cold", recordings.cold),
      bare: await measureBare(),
    });
  }
  report(recordings, rounds);
  const writes = { warm: writesByKind(recordings.warm), cold: writesByKind(recordings.cold) };
  await writeFigures(args.json, { machine, arguments: args, rounds, writes });
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function inWorld<T>(work: (world: World, kubeconfig: string) => Promise<T>): Promise<T> {
  const world = await makeWorld(args.services);
  try {
    const kubeconfig = join(directory, "kubeconfig");
    await writeFile(kubeconfig, await world.controlPlane.kubeconfig(CONTROLLER), { mode: 0o600 });
    return await work(world, kubeconfig);
  } finally {
    await world.stop();
  }
}

/** Seconds that the work takes. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function record(shape: Shape): Promise<Recording> {
  return inWorld(async (world, kubeconfig) => {
    const file = join(directory, `${shape}.ndjson`);
    if (shape === "cold") await world.createServices();
    const script = fileURLToPath(new URL("recorded-controller.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", script, kubeconfig, file],
      { stdio: "inherit" },
    );
    if (shape === "warm") {
      await accepted(world);
      await world.createServices();
    }
    await world.allServed();
    await end(child);
    const lines = (await readFile(file, "utf8")).split("\n");
    return { requests: lines.map((line) => JSON.parse(line) as RecordedRequest), uids: await allUids(world) };
  });
}

async function allUids(world: World): Promise<Map<string, string>> {
  const uids = await world.uids();
  const cls = await world.client.get(loadBalancerClasses, { name: "metal" });
  const pool = await world.client.get(ipAddressPools, { name: "edge" });
  return uids.set("class", cls.metadata.uid ?? "").set("pool", pool.metadata.uid ?? "");
}

/** The controller has begun its work: it has told that it accepts the class. */
async function accepted(world: World): Promise<void> {
  for (;;) {
    const cls = await world.client.get(loadBalancerClasses, { name: "metal" });
    if (cls.status?.conditions?.some(({ type, status }) => type === "Accepted" && status === "True")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function measureWarm(): Promise<Measured> {
  return inWorld(async (world, kubeconfig) => {
    const controller = await startController(kubeconfig);
    await accepted(world);
    const before = controller.usage().cpuSeconds;
    const seconds = await time(() => Promise.all([world.allServed(), world.createServices()]));
    const { cpuSeconds, peakMiB } = controller.usage();
    await controller.stop();
    return { seconds, cpuSeconds: cpuSeconds - before, peakMiB };
  });
}

function measureCold(): Promise<{ cold: Measured; restart: Measured & { readonly writes: number } }> {
  return inWorld(async (world, kubeconfig) => {
    await world.createServices();
    let controller = await startController(kubeconfig);
    const seconds = await time(world.allServed);
    const cold = { seconds, ...pick(controller.usage()) };
    await controller.settled(args.services);
    await countsWritten();
    await controller.stop();
    const restarted = await time(async () => {
      controller = await startController(kubeconfig);
      await controller.settled(args.services);
    });
    await countsWritten();
    const restart = { seconds: restarted, ...pick(controller.usage()), writes: await controller.writes() };
    await controller.stop();
    return { cold, restart };
  });
}

/** Counts of pools and classes are written a second after a change at the latest. */
async function countsWritten(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

function pick({ cpuSeconds, peakMiB }: { cpuSeconds: number; peakMiB: number }) {
  return { cpuSeconds, peakMiB };
}

function measureFloor(shape: Shape, recording: Recording): Promise<number> {
  return inWorld(async (world) => {
    const concurrency = mostAtOnce(recording.requests);
    const created = new Map<string, PromiseWithResolvers<void>>();
    const resolversOf = (name: string) => {
      const found = created.get(name) ?? Promise.withResolvers<void>();
      created.set(name, found);
      return found;
    };
    const uids = new Map<string, string>();
    const know = (name: string, uid: string) => uids.set(recording.uids.get(name) ?? "", uid);
    if (shape === "cold") await world.createServices();
    for (const [name, uid] of await allUids(world)) know(name, uid);
    const create = async () => {
      const queue = new PQueue({ concurrency: CLIENTS });
      const all = Array.from({ length: args.services }, (_, index) => async () => {
        const service = await world.client.create(services, newService(index));
        know(serviceName(index), service.metadata.uid ?? "");
        resolversOf(serviceName(index)).resolve();
      });
      await queue.addAll(all);
    };
    const exists = (name: string) => (name.startsWith("svc-") ? resolversOf(name).promise : undefined);
    const again = () =>
      replay({
        requests: recording.requests,
        controlPlane: world.controlPlane,
        concurrency,
        uids,
        ...(shape === "warm" ? { exists } : {}),
      });
    // As with the controller, it ends with the last address; what is still to be sent then (Events, counts) does not count.
    let left: Promise<unknown> = Promise.resolve();
    const seconds = await time(() => {
      left = shape === "warm" ? Promise.all([create(), again()]) : again();
      return Promise.race([world.allServed(), left.then(world.allServed)]);
    });
    await left;
    return seconds;
  });
}

function measureBare(): Promise<number> {
  return inWorld(async (world) => {
    await world.createServices();
    const bare = await bareClient(world.controlPlane, CLIENTS);
    const queue = new PQueue({ concurrency: CLIENTS });
    const seconds = await time(() =>
      queue.addAll(
        Array.from({ length: args.services }, (_, index) => () => {
          const path = `/api/v1/namespaces/${NAMESPACE}/services/${serviceName(index)}/status`;
          const body = JSON.stringify({
            status: { loadBalancer: { ingress: [{ ip: `100.64.${index >> 8}.${index & 255}` }] } },
          });
          return bare.send("PATCH", path, "application/merge-patch+json", body);
        }),
      ),
    );
    bare.close();
    return seconds;
  });
}

function writesByKind({ requests }: Recording): Row {
  const counts: Record<string, number> = {};
  for (const request of requests) counts[kindOf(request)] = (counts[kindOf(request)] ?? 0) + 1;
  const own = requests.filter(isForService).length;
  return { "per Service, besides Events": own / args.services, ...counts };
}

type Round = Awaited<ReturnType<typeof measureCold>> & {
  warm: Measured;
  warmFloor: number;
  coldFloor: number;
  bare: number;
};

function report(recordings: Record<Shape, Recording>, rounds: readonly Round[]): void {
  const spread = (of: (round: Round) => number) => {
    const all = rounds.map(of);
    const show = (value: number) => value.toFixed(2);
    return all.length === 1
      ? show(median(all))
      : `${show(median(all))} (${show(Math.min(...all))}–${show(Math.max(...all))})`;
  };
  const row = (
    what: string,
    of: (round: Round) => Measured,
    floor: ((round: Round) => number) | undefined,
  ): Row => ({
    what,
    "seconds, median (range)": spread((round) => of(round).seconds),
    "× floor": floor === undefined ? "" : spread((round) => of(round).seconds / floor(round)),
    "× bare": floor === undefined ? "" : spread((round) => of(round).seconds / round.bare),
    "CPU s": spread((round) => of(round).cpuSeconds),
    "peak MiB": Math.round(median(rounds.map((round) => of(round).peakMiB))),
  });
  printTable("Time until all have an address", [
    row(
      "warm",
      (round) => round.warm,
      (round) => round.warmFloor,
    ),
    { what: "warm, floor", "seconds, median (range)": spread((round) => round.warmFloor) },
    row(
      "cold",
      (round) => round.cold,
      (round) => round.coldFloor,
    ),
    { what: "cold, floor", "seconds, median (range)": spread((round) => round.coldFloor) },
    row("restart", (round) => round.restart, undefined),
    { what: "bare patches", "seconds, median (range)": spread((round) => round.bare) },
  ]);
  printTable("Writes of the recorded run", [
    { run: "warm", "at once": mostAtOnce(recordings.warm.requests), ...writesByKind(recordings.warm) },
    { run: "cold", "at once": mostAtOnce(recordings.cold.requests), ...writesByKind(recordings.cold) },
  ]);
  console.log(`\nWrites after a restart: ${rounds.map((round) => round.restart.writes).join(", ")}`);
  const events = recordings.cold.requests.filter(({ path }) => isEvent(path)).length;
  console.log(`Events in the recorded cold run: ${events}. Recorded requests are replayed with them.`);
}
