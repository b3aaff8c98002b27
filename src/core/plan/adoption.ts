/**
 * Which of the things that do not carry our mark are taken over, because users named them. Pure; nobody's mark is looked at here: what may
 * be taken is told by `ObservedResource.adoption`.
 *
 * | what is named                                         | what happens                                                   |
 * |-------------------------------------------------------|----------------------------------------------------------------|
 * | exists, and may be taken                              | it, and all that comes with it and may be taken, count as ours |
 * | carries our mark already: it was taken before         | what came with it and has no mark yet counts as ours           |
 * | does not exist, is something else, may not be taken   | nothing is taken; what is wanted in its place is not made      |
 * | another copy of ours stands in its place              | nothing is taken; that copy goes on                            |
 * | it, or what comes with it, would have to be replaced  | nothing is taken; what is wanted in its place is not made      |
 */
import { compareText } from "../compare-text.ts";
import type { Decisions, World } from "./decide.ts";
import { rulesOf } from "./decide.ts";
import { canonical } from "./json.ts";
import { referencesIn, withoutReferences } from "./reference.ts";
import type { DesiredResource, FieldChange, Json, ObservedResource, Refusal } from "./types.ts";

export interface Takeover {
  /** What is taken has `ours` and keeps `adoption`; nothing else that is ours has an `adoption`. */
  readonly observed: readonly ObservedResource[];
  /** Refusals that no decision about a resource tells. */
  readonly refused: readonly Refusal[];
}

type Named = DesiredResource & { readonly adopt: string };

export function takeOver(
  desired: readonly DesiredResource[],
  observed: readonly ObservedResource[],
): Takeover {
  const named = namedIn(desired);
  const copies = observed.map((copy) => (copy.ours ? { ...copy, adoption: undefined } : copy));
  if (named.length === 0) return { observed: copies, refused: [] };
  const obstacles = new Map<Named, string>();
  const refused: Refusal[] = [];
  for (const resource of named) {
    const { id, kind, adopt, members } = resource;
    const inPlace = copies.filter((copy) => copy.ours && isCopyOf(copy, resource));
    if (inPlace.some(({ cloudId }) => cloudId === adopt)) continue;
    const [other] = inPlace;
    const because =
      other === undefined
        ? obstacleTo(resource, copies)
        : `cannot take the place of ${other.cloudId}, which is there already`;
    if (because === undefined) continue;
    obstacles.set(resource, because);
    if (other !== undefined) refused.push({ id, kind, cloudId: adopt, members, because, adoption: true });
  }
  if (obstacles.size > 0) return { observed: leftAlone(copies, named, obstacles), refused };
  return {
    observed: copies.map((copy) => (isTakable(copy, named) ? { ...copy, ours: true } : copy)),
    refused,
  };
}

/** As `takeOver`, where that would replace what is taken: then nothing is. `undefined`: all of it can be taken as it is. */
export function withoutUnfit(world: World, decisions: Decisions): readonly ObservedResource[] | undefined {
  const unfit = [...decisions.byId.values()].flatMap((decision) => {
    if (decision.do !== "replace" || !isTaken(decision.observed)) return [];
    const rules = rulesOf(world, decision.desired.kind);
    const fixed = decision.changes.filter(({ field }) => rules.change(field) === "replace");
    // What follows from another replacement is not what users would have to mend.
    const own = fixed.filter(({ to }) => referencesIn(to).length === 0);
    const used = decision.causes.join(", ");
    const elsewhere =
      used !== ""
        ? `it uses ${used}, which is replaced`
        : fixed.map(differs).join(", ") || "it is part of another document";
    const why = own.length > 0 ? own.map(differs).join(", ") : elsewhere;
    return [{ copy: decision.observed, why: `would have to be replaced: ${why}` }];
  });
  if (unfit.length === 0) return undefined;
  const named = namedIn(world.desired);
  const back = world.observed.map((copy) => (isTaken(copy) ? { ...copy, ours: false } : copy));
  const obstacles = new Map(
    named.map((resource): [Named, string] => {
      const own = unfit.find(({ copy }) => copy.cloudId === resource.adopt);
      const others = unfit.map(({ copy, why }) => `comes with ${copy.kind} ${copy.cloudId}, which ${why}`);
      return [resource, own === undefined ? others.join("; ") : own.why];
    }),
  );
  const reasons = new Map(unfit.map(({ copy, why }) => [copy.cloudId, why]));
  return leftAlone(back, named, obstacles, reasons);
}

/** Counts as ours in this plan, though it has no mark of ours yet. */
export function isTaken({ ours, adoption }: ObservedResource): boolean {
  return ours && adoption === "allowed";
}

function namedIn(desired: readonly DesiredResource[]): Named[] {
  return desired
    .filter((each): each is Named => each.adopt !== undefined)
    .sort((a, b) => compareText(a.id, b.id));
}

function isCopyOf({ id, kind }: ObservedResource, desired: DesiredResource): boolean {
  return id === desired.id && kind === desired.kind;
}

function obstacleTo(resource: Named, copies: readonly ObservedResource[]): string | undefined {
  const found = copies.find(({ ours, cloudId }) => !ours && cloudId === resource.adopt);
  if (found === undefined) return "does not exist";
  if (!isCopyOf(found, resource)) return `is ${found.kind} ${found.id}, which cannot take this place`;
  if (found.adoption === "allowed") return undefined;
  return found.adoption?.refused ?? "does not carry our mark, and nothing says that it may be taken over";
}

/** Of what could stand in a place that is meant for something named, that alone is taken. */
function isTakable(copy: ObservedResource, named: readonly Named[]): boolean {
  if (copy.ours || copy.adoption !== "allowed") return false;
  return named.every((resource) => !isCopyOf(copy, resource) || copy.cloudId === resource.adopt);
}

/** Every copy with the reason why it is left alone, and one that stands for each named thing, so that nothing is made in its place. */
function leftAlone(
  copies: readonly ObservedResource[],
  named: readonly Named[],
  obstacles: ReadonlyMap<Named, string>,
  reasons: ReadonlyMap<string, string> = new Map(),
): ObservedResource[] {
  const because = new Map(reasons);
  for (const [{ adopt }, why] of obstacles) because.set(adopt, why);
  const together = `is taken over only together with ${named.map(({ adopt }) => adopt).join(", ")}`;
  const refused = copies.map((copy): ObservedResource => {
    if (copy.ours) return copy;
    const why = because.get(copy.cloudId) ?? (copy.adoption === "allowed" ? together : undefined);
    return why === undefined ? copy : { ...copy, adoption: { refused: why } };
  });
  const missing = [...obstacles].flatMap(([resource, why]): ObservedResource[] => {
    const { id, kind, adopt } = resource;
    if (refused.some((copy) => isCopyOf(copy, resource) && copy.cloudId === adopt)) return [];
    const base = { id, kind, cloudId: adopt, fields: {}, dependsOn: [], ours: false };
    return [{ ...base, adoption: { refused: why } }];
  });
  return [...refused, ...missing];
}

function differs({ field, from, to }: FieldChange): string {
  return `${field} is ${from === undefined ? "not set" : short(from)}, and has to be ${short(to)}`;
}

function short(value: Json): string {
  const text = canonical(withoutReferences(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
