import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { startControlPlane } from "../../../../src/testing/control-plane/control-plane.ts";
import { pins } from "../../../../src/testing/control-plane/pins.ts";
import { program, script, temporaryFolder } from "./fake-programs.ts";

/** Assets whose etcd is the given program; it finds a folder for notes in `$notes`, and noted its directory there. */
function assetsWithEtcd(run: string): { env: Record<string, string>; notes: string } {
  const assets = temporaryFolder();
  const notes = temporaryFolder();
  program(assets, "kube-apiserver");
  script(
    assets,
    "etcd",
    `if [ "$1" = --version ]; then echo ${pins.etcd.version}; exit; fi
notes=${notes}
echo $$ >> $notes/pids
pwd >> $notes/directories
${run}`,
  );
  return { env: { KUBEBUILDER_ASSETS: assets }, notes };
}

function linesOf(notes: string, file: string): string[] {
  return readFileSync(join(notes, file), "utf8").trim().split("\n");
}

function expectNothingLeft(notes: string): void {
  for (const directory of linesOf(notes, "directories")) expect(existsSync(directory)).toBe(false);
  for (const pid of linesOf(notes, "pids")) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
}

/** Takes connections on the port that it was told to serve, and never answers one. */
const silentServer = `exec ${process.execPath} -e '
  const url = process.argv.find((flag) => flag.startsWith("--listen-client-urls=")).split("=")[1];
  require("node:net").createServer(() => {}).listen(new URL(url).port, "127.0.0.1");
' -- "$@"`;

test("gives up on a server that takes connections and never answers", async () => {
  const { env, notes } = assetsWithEtcd(silentServer);
  const start = startControlPlane({ env, startTimeoutMs: 1_500 });
  await expect(start).rejects.toThrow(/^Cannot start etcd: it did not answer http:\S+ within 1500 ms/);
  expectNothingLeft(notes);
});

test("shows the end of the log of a server that ends at once", async () => {
  const { env, notes } = assetsWithEtcd("echo the disk is on fire >&2; exit 3");
  await expect(startControlPlane({ env })).rejects.toThrow(
    /^Cannot start etcd: it exited with code 3\. .*\nthe disk is on fire/,
  );
  expectNothingLeft(notes);
});

test("tries other ports when somebody took one meanwhile, and not for ever", async () => {
  const { env, notes } = assetsWithEtcd("echo bind: address already in use >&2; exit 1");
  await expect(startControlPlane({ env })).rejects.toThrow("address already in use");
  expect(linesOf(notes, "pids")).toHaveLength(3);
  expectNothingLeft(notes);
});

test("ends what it started when it is called off", async () => {
  const { env, notes } = assetsWithEtcd(silentServer);
  const calledOff = new AbortController();
  const start = startControlPlane({ env, signal: calledOff.signal });
  const look = setInterval(() => {
    if (existsSync(join(notes, "directories"))) calledOff.abort(new Error("called off"));
  }, 10);
  await expect(start).rejects.toThrow("called off");
  clearInterval(look);
  expectNothingLeft(notes);
});
