/** Whether a cloud holds the same as another: whatever the cloud made up by itself does not count. Pure. */
import { compareText } from "../../core/compare-text.ts";
import { canonical } from "../../core/plan/json.ts";
import { must } from "./guarantee.ts";
import type { CloudObject } from "./harness.ts";

export type CloudWorld = readonly CloudObject[];

export function mustBeSame(
  now: CloudWorld,
  wanted: CloudWorld,
  guarantee: string,
  seen?: () => string,
): void {
  const [here, there] = [lines(now), lines(wanted)];
  const extra = without(here, there);
  const missing = without(there, here);
  const told = seen === undefined ? "" : `${seen()}; `;
  must(
    extra.length + missing.length === 0,
    guarantee,
    () => `${told}${listed("too much in the cloud", extra)}; ${listed("missing", missing)}`,
  );
}

/** The very same objects, generated names included. */
export function mustBeUntouched(now: CloudWorld, before: CloudWorld, guarantee: string): void {
  const byId = new Map(now.map((object) => [`${object.kind} ${object.id}`, object]));
  for (const object of before) {
    const name = `${object.kind} ${object.id}`;
    const found = byId.get(name);
    must(found !== undefined, guarantee, () => `${name} is gone`);
    const [was, is] = [canonical(object.state), canonical(found.state)];
    must(was === is, guarantee, () => `${name} was ${short(was)} and is ${short(is)}`);
  }
}

/** What is in `now` and was not in `before`. */
export function added(now: CloudWorld, before: CloudWorld): CloudWorld {
  const known = new Set(before.map(({ kind, id }) => `${kind} ${id}`));
  return now.filter(({ kind, id }) => !known.has(`${kind} ${id}`));
}

export function described(objects: CloudWorld): string {
  return objects.length === 0 ? "nothing" : objects.map(({ kind, id }) => `${kind} ${id}`).join(", ");
}

/** One line for each object, without the texts that the cloud made up. */
function lines(world: CloudWorld): string[] {
  const anonymous = withoutGenerated(world);
  return world.map(({ kind, state }) => {
    // Texts only: a number is a port or a limit, whatever ids look like.
    const line = canonical(state).replaceAll(jsonText, (text) => JSON.stringify(anonymous(JSON.parse(text))));
    return `${kind} ${line}`;
  });
}

/** A JSON text, keys of objects too. */
const jsonText = /"(?:[^"\\]|\\.)*"/g;
/** "7" and "web" are found everywhere by chance, in a range of addresses or in a sentence. */
const isOrdinary = /^(?:[0-9]{1,7}|[a-z]{1,7})$/i;
/** Without the kind: clouds that count each kind by itself have a pool 1 and a front 1. */
const substitute = "<generated>";

/** Replaces a text that was generated and, inside a longer one, what stands alone there: not a piece of a name, an address, or a UID. */
function withoutGenerated(world: CloudWorld): (text: string) => string {
  const generated = new Set(world.flatMap(({ id, generated: more = [] }) => [id, ...more]));
  generated.delete("");
  const inside = [...generated]
    .filter((text) => !isOrdinary.test(text))
    .sort((a, b) => b.length - a.length || compareText(a, b))
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (inside.length === 0) return (text) => (generated.has(text) ? substitute : text);
  const apart = new RegExp(`(?<![\\w.-])(?:${inside.join("|")})(?![\\w.-])`, "g");
  return (text) => (generated.has(text) ? substitute : text.replaceAll(apart, substitute));
}

/** Each line as often as it is in `all` more than in `other`. */
function without(all: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of other) left.set(line, (left.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}

function listed(what: string, all: readonly string[]): string {
  const shown = all.slice(0, 4).map(short).join("; ");
  return `${what}: ${all.length === 0 ? "nothing" : shown}${all.length > 4 ? `; and ${all.length - 4} more` : ""}`;
}

function short(text: string): string {
  return text.length > 400 ? `${text.slice(0, 397)}...` : text;
}
