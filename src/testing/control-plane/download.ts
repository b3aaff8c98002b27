/** Brings a program from its official release page into a folder, if its checksum is right. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdtemp, rename, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { hostPlatform } from "./host-platform.ts";
import { type BinaryName, pins } from "./pins.ts";
import { checkVersion } from "./version.ts";

/** Where the program is now, or why it could not be had. */
export type Download =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly why: string };

/** A machine without that network is to find out soon: the next source may work. */
const connectTimeoutMs = 3_000;
const stalledTimeoutMs = 30_000;
const maxRedirects = 5;

/** Downloads one program into `folder`. A refusal names the address and what went wrong; nothing half-done is left. */
export async function download(
  name: BinaryName,
  folder: string,
  o: { readonly log?: ((line: string) => void) | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Download> {
  const { release, version } = pins[name];
  const url = forHost(release.url);
  const work = await mkdtemp(join(folder, ".download-"));
  try {
    // The small file first: it tells within seconds whether the network is there at all.
    const checksum = checksumOf(await text(await open(forHost(release.checksums), o.signal)), basename(url));
    if (checksum === undefined)
      return { ok: false, why: `${forHost(release.checksums)} has no sum for ${basename(url)}` };
    o.log?.(`Downloading ${name} ${version} from ${url}`);
    const file = join(work, basename(url));
    await pipeline(await open(url, o.signal), createWriteStream(file), { signal: o.signal });
    const actual = await sha256(file);
    if (actual !== checksum) return { ok: false, why: `${url} has SHA-256 ${actual}, wanted is ${checksum}` };
    const program = release.member === undefined ? file : await unpack(file, work, forHost(release.member));
    await chmod(program, 0o755);
    const verdict = await checkVersion(program, pins[name]);
    if (!verdict.ok) return verdict;
    const path = join(folder, name);
    await rename(program, path);
    return { ok: true, path };
  } catch (error) {
    o.signal?.throwIfAborted();
    return { ok: false, why: `${url}: ${Error.isError(error) ? error.message : String(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function forHost(template: string): string {
  const { os, arch } = hostPlatform();
  return template.replaceAll("{os}", os).replaceAll("{arch}", arch);
}

/** Reads a file of lines `sum  name`, or of the sum alone. */
function checksumOf(sums: string, file: string): string | undefined {
  const rows = sums
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+\*?/));
  const row = rows.find(([, name]) => name === file) ?? (rows.length === 1 ? rows[0] : undefined);
  return row?.[0]?.toLowerCase();
}

function open(url: string, signal: AbortSignal | undefined, redirects = 0): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = get(url, { agent: false, ...(signal === undefined ? {} : { signal }) });
  const connecting = setTimeout(
    () => request.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
    connectTimeoutMs,
  );
  request.on("socket", (socket) => socket.once("secureConnect", () => clearTimeout(connecting)));
  request.on("close", () => clearTimeout(connecting));
  request.setTimeout(stalledTimeoutMs, () =>
    request.destroy(new Error(`no data for ${stalledTimeoutMs} ms`)),
  );
  request.on("error", reject);
  request.on("response", (response) => {
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return resolve(response);
    response.resume();
    if (headers.location === undefined || redirects >= maxRedirects)
      return reject(new Error(`status ${status}`));
    const next = new URL(headers.location, url);
    if (next.protocol !== "https:") return reject(new Error(`redirected to ${next.protocol}`));
    open(next.href, signal, redirects + 1).then(resolve, reject);
  });
  return promise;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function unpack(archive: string, folder: string, member: string): Promise<string> {
  await promisify(execFile)("tar", ["-xzf", archive, "-C", folder, member]);
  return join(folder, member);
}
