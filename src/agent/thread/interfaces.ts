/** The interfaces as they are, read again when the kernel says that something has changed. Synchronous. */
import type { Link } from "../linux/link.ts";
import { readLinks, watchLinks } from "../linux/links.ts";
import { compileSkipList } from "../linux/skip-list.ts";
import type { SystemCalls } from "../linux/system-calls.ts";

export interface Interfaces {
  readonly fd: number;
  onReadable(): void;
  /** When `changed` wants to be called; undefined: nothing is due. */
  nextDue(): number | undefined;
  /** All interfaces, if any of them has changed since the last call. */
  changed(now: number): readonly Link[] | undefined;
  close(): void;
}

/** On a node where pods come and go, they are not read for each of these alone. */
const apartMs = 100;

/** @throws SyntaxError for a pattern that is no regular expression */
export function watchInterfaces(calls: SystemCalls, skip: readonly string[] | undefined): Interfaces {
  const skipList = compileSkipList(skip);
  const watch = watchLinks(calls);
  let known = "";
  let dirty = true;
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    fd: watch.fd,
    onReadable() {
      if (watch.changed()) dirty = true;
    },
    nextDue: () => (dirty ? readAt + apartMs : undefined),
    changed(now) {
      if (!dirty || now < readAt + apartMs) return undefined;
      dirty = false;
      readAt = now;
      const links = readLinks(calls, skipList);
      const text = JSON.stringify(links);
      if (text === known) return undefined;
      known = text;
      return links;
    },
    close: () => watch.close(),
  };
}
