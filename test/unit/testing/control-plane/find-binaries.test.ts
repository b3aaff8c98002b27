import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { cacheFolder, findBinaries } from "../../../../src/testing/control-plane/find-binaries.ts";
import { pins } from "../../../../src/testing/control-plane/pins.ts";
import { program, script, temporaryFolder } from "./fake-programs.ts";

/** A machine with nothing on it: no assets, an empty cache, no network, no Go. */
function machine() {
  const assets = temporaryFolder();
  const bin = temporaryFolder();
  const env = {
    KUBEBUILDER_ASSETS: assets,
    XDG_CACHE_HOME: temporaryFolder(),
    FAIRLEAD_NO_DOWNLOAD: "1",
    PATH: `${bin}:/usr/bin:/bin`,
  };
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true });
  return { assets, bin, cache, env };
}

/** A `go` that makes programs of the right version and counts its runs in a file. */
function installGo(bin: string): { runs(): number } {
  const count = join(bin, "runs");
  script(
    bin,
    "go",
    `echo run >> ${count}
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
for package; do
  case $package in
    */server/v3) name=server version=${pins.etcd.version} ;;
    *) name=$(basename $package) version=${pins["kube-apiserver"].version} ;;
  esac
  printf '#!/bin/sh\\necho v%s\\n' $version > $out/$name
  chmod +x $out/$name
done`,
  );
  return { runs: () => (existsSync(count) ? readFileSync(count, "utf8").trim().split("\n").length : 0) };
}

test("takes a program from KUBEBUILDER_ASSETS before the cache", async () => {
  const { assets, cache, env } = machine();
  program(cache, "etcd");
  const wanted = program(assets, "etcd");
  expect(await findBinaries(["etcd"], { env })).toEqual({ etcd: wanted });
});

test("looks for each program by itself", async () => {
  const { assets, cache, env } = machine();
  const etcd = program(assets, "etcd");
  const apiServer = program(cache, "kube-apiserver");
  const found = await findBinaries(["etcd", "kube-apiserver"], { env });
  expect(found).toEqual({ etcd, "kube-apiserver": apiServer });
});

test("passes over a program of another version", async () => {
  const { assets, cache, env } = machine();
  program(assets, "etcd", "3.4.30");
  const wanted = program(cache, "etcd");
  expect(await findBinaries(["etcd"], { env })).toEqual({ etcd: wanted });
});

test("builds with Go what is in no folder, and only that, and keeps it", async () => {
  const { assets, bin, cache, env } = machine();
  const go = installGo(bin);
  const etcd = program(assets, "etcd");
  const apiServer = join(cache, "kube-apiserver");
  expect(await findBinaries(["etcd", "kube-apiserver"], { env })).toEqual({
    etcd,
    "kube-apiserver": apiServer,
  });
  expect(await findBinaries(["kube-apiserver"], { env })).toEqual({ "kube-apiserver": apiServer });
  expect(go.runs()).toBe(1);
  expect(readdirSync(cache)).toEqual(["kube-apiserver"]);
});

test("keeps a built etcd under its own name", async () => {
  const { bin, cache, env } = machine();
  installGo(bin);
  expect(await findBinaries(["etcd"], { env })).toEqual({ etcd: join(cache, "etcd") });
});

test("builds once for two who ask at the same time", async () => {
  const { bin, env } = machine();
  const go = installGo(bin);
  const [one, other] = await Promise.all([findBinaries(["etcd"], { env }), findBinaries(["etcd"], { env })]);
  expect(one).toEqual(other);
  expect(go.runs()).toBe(1);
});

test("is not held up by the lock of a process that is gone", async () => {
  const { bin, cache, env } = machine();
  installGo(bin);
  const noSuchProcess = 2 ** 22 + 1;
  writeFileSync(join(cache, ".lock"), String(noSuchProcess));
  expect(await findBinaries(["etcd"], { env })).toEqual({ etcd: join(cache, "etcd") });
});

test("says which version it found, which it wants, everything it tried and what to install", async () => {
  const { assets, env } = machine();
  const old = program(assets, "etcd", "3.4.30");
  const failure = await findBinaries(["etcd"], { env: { ...env, PATH: temporaryFolder() } }).catch(
    (error: Error) => error.message,
  );
  expect(failure).toMatch(/^Cannot find etcd\. Tried:/);
  expect(failure).toContain(`KUBEBUILDER_ASSETS: ${old} is version 3.4.30, wanted is ${pins.etcd.version}`);
  expect(failure).toContain("cache: no program");
  expect(failure).toContain("download: switched off by FAIRLEAD_NO_DOWNLOAD");
  expect(failure).toContain("Go build: no go on the PATH");
  expect(failure).toContain("install Go 1.26 or newer");
});

test("shows what Go said when the build fails, and leaves nothing behind", async () => {
  const { bin, cache, env } = machine();
  script(bin, "go", 'echo "no space left on device" >&2; exit 1');
  await expect(findBinaries(["etcd"], { env })).rejects.toThrow(
    /go build exited with code 1:\n.*no space left/,
  );
  expect(readdirSync(cache)).toEqual([]);
});

test("ends a build when it is called off", async () => {
  const { bin, cache, env } = machine();
  script(bin, "go", "exec sleep 600");
  const calledOff = new AbortController();
  const log = (line: string) => line.startsWith("Building") && calledOff.abort(new Error("called off"));
  await expect(findBinaries(["etcd"], { env, signal: calledOff.signal, log })).rejects.toThrow("called off");
  expect(readdirSync(cache)).toEqual([]);
});
