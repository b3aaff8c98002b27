/** Which existing LoadBalancer object serves which frontend, so that a change of the list keeps addresses where it can. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { FrontendName } from "./generic-annotations.ts";

export interface Frontend {
  readonly frontend: "default" | FrontendName;
  readonly scheme: FrontendName;
  readonly objectName: string;
  readonly existing: LoadBalancer | undefined;
}

type Wanted = Pick<Frontend, "frontend" | "scheme">;

/**
 * Matches by frontend name first, then by scheme: a Service that goes from one (default) frontend to the two named ones keeps
 * the object, and with it the address, of the scheme it had; and back. A new object is named after the Service, with the frontend
 * appended where it is a named one; where another of the Service's objects has that name already, it gets the next best.
 */
export function matchFrontends(
  serviceName: string,
  wanted: readonly Wanted[],
  existing: readonly LoadBalancer[],
): Frontend[] {
  const left = new Set(existing);
  const taken = new Map<Wanted, LoadBalancer>();
  const take = (want: Wanted, fits: (lb: LoadBalancer) => boolean) => {
    if (taken.has(want)) return;
    const found = [...left].find(fits);
    if (found === undefined) return;
    left.delete(found);
    taken.set(want, found);
  };
  for (const want of wanted) take(want, (lb) => lb.spec.frontend === want.frontend);
  for (const want of wanted) take(want, (lb) => lb.spec.scheme === want.scheme);
  if (wanted.length === 1) for (const want of wanted) take(want, () => true);
  const names = new Set(existing.map((lb) => lb.metadata.name));
  return wanted.map((want) => {
    const match = taken.get(want);
    if (match !== undefined) return { ...want, objectName: match.metadata.name ?? "", existing: match };
    const objectName = freeName(serviceName, want, names);
    names.add(objectName);
    return { ...want, objectName, existing: undefined };
  });
}

function freeName(
  serviceName: string,
  { frontend, scheme }: Wanted,
  names: ReadonlySet<string | undefined>,
): string {
  const withScheme = `${serviceName}-${scheme}`;
  const first = frontend === "default" ? serviceName : withScheme;
  const candidates = [
    first,
    withScheme,
    serviceName,
    `${withScheme}-2`,
    `${withScheme}-3`,
    `${withScheme}-4`,
  ];
  // At most three others are about: two that exist, and one that is new as well.
  return candidates.find((name) => !names.has(name)) ?? `${withScheme}-5`;
}
