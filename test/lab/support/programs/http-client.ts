/**
 * A program: fetches a page 20 times a second over a connection of its own each time, and says of every request how it went, as JSON, a line
 * each: `http-client.ts warm|cold ADDRESS PORT`. "cold" forgets the neighbour entry before each request, so that it sees whether anybody
 * answers for the address; "warm" keeps it, as real clients do.
 */
import { spawn } from "node:child_process";
import { connect, isIPv6, type Socket } from "node:net";
import { now } from "./now.ts";

/** One request. Times in milliseconds of the machine's monotonic clock. */
export interface Fetched {
  readonly at: number;
  readonly took: number;
  /** The server's name and whom it saw as its client; undefined when no answer came in time. */
  readonly answer?: string;
  readonly why?: string;
}

const everyMs = 50;
/** A client on the same wire has its answer in a few milliseconds, or not at all. */
const limitMs = 200;
const againMs = 5;

const [kind, address = "", port = ""] = process.argv.slice(2);
const forget = kind === "cold" ? forgetter() : undefined;

let due = now();
tick();

function tick(): void {
  const at = now();
  if (forget === undefined) fetchPage(at);
  else void forget().then(() => fetchPage(at));
  // After a pause of this machine what was missed is not made up for: that would be a burst.
  due = Math.max(due + everyMs, now());
  setTimeout(tick, due - now());
}

function fetchPage(at: number): void {
  let isOver = false;
  let socket = attempt();
  const timer = setTimeout(() => over({ why: "no answer in time" }), limitMs - (now() - at));

  function over(how: { answer?: string; why?: string }): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.destroy();
    say({ at, took: now() - at, ...how });
  }

  function attempt(): Socket {
    let text = "";
    const opened = connect({ host: address, port: Number(port), noDelay: true });
    opened.on("connect", () => opened.write("GET / HTTP/1.0\r\n\r\n"));
    opened.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    opened.on("end", () => {
      const body = text.split("\r\n\r\n")[1];
      over(body === undefined ? { why: "cut off" } : { answer: body.trim() });
    });
    opened.on("error", (error: NodeJS.ErrnoException) => {
      // The next request has come to forget the entry for which this one waits still, on a machine that is busy.
      if (error.code === "EHOSTUNREACH" && !isOver) {
        setTimeout(() => {
          if (!isOver) socket = attempt();
        }, againMs);
      } else over({ why: error.message });
    });
    return opened;
  }
}

function say(fetched: Fetched): void {
  process.stdout.write(`${JSON.stringify(fetched)}\n`);
}

/** One `ip` for all requests: a process each time would cost more than what is measured. */
function forgetter(): () => Promise<void> {
  const family = isIPv6(address) ? ["-6"] : ["-4"];
  const running = spawn("ip", [...family, "-force", "-batch", "-"], { stdio: ["pipe", "ignore", "pipe"] });
  const waiting: (() => void)[] = [];
  running.stderr.on("data", (chunk: Buffer) => {
    const done = chunk.toString().match(/"nosuch"/g)?.length ?? 0;
    for (const go of waiting.splice(0, done)) go();
  });
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      // The second line fails, and says so at once: so we know that the first was done.
      running.stdin.write(`neigh flush to ${address} dev eth0\nneigh show dev nosuch\n`);
    });
}
