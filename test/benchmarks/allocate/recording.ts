/** The requests that a controller made, as data: what is needed to make them again. */

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
  /** Milliseconds since the first request. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Writes besides Events and the counts of pools and classes: those that stand for one Service each. */
export function isForService({ path }: RecordedRequest): boolean {
  return path.includes("/namespaces/") && !isEvent(path);
}

export function isEvent(path: string): boolean {
  return /\/events(\/|\?|$)/.test(path);
}

/** `POST loadbalancers`, `PATCH services/status`. */
export function kindOf({ method, path }: RecordedRequest): string {
  const [bare = ""] = path.split("?");
  const parts = bare.split("/").filter((part) => part !== "");
  const at = parts.indexOf("namespaces");
  const rest =
    at >= 0 && parts.length > at + 2 ? parts.slice(at + 2) : parts.slice(parts[0] === "api" ? 2 : 3);
  const [plural = "", , subresource] = rest;
  return `${method} ${subresource === undefined ? plural : `${plural}/${subresource}`}`;
}

/** The most requests that were under way at one moment. */
export function mostAtOnce(requests: readonly RecordedRequest[]): number {
  const moments = requests.flatMap(({ startedMs, endedMs }) => [
    { at: startedMs, change: 1 },
    { at: endedMs, change: -1 },
  ]);
  moments.sort((a, b) => a.at - b.at || a.change - b.change);
  let now = 0;
  let most = 0;
  for (const { change } of moments) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}
