/** What a node does by BGP: its sessions, and the routes on each. Pure. */

import type { BFDProfileSpec } from "../../api/bfd-profile.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { compareText } from "../../core/compare-text.ts";
import { accepted } from "./accepted.ts";
import { communityAliases } from "./communities.ts";
import { type ExportPlan, exportsOf } from "./exports.ts";
import type { BgpInput, BgpProblem } from "./input.ts";
import { routerIDOf } from "./router-id.ts";
import { candidateRoutes } from "./routes.ts";
import { type SessionPlan, sessionsOf } from "./sessions.ts";

export interface BgpPlan {
  /** By VRF, the default one first. */
  readonly instances: readonly InstancePlan[];
  /** Those in use, by name. */
  readonly profiles: readonly { readonly name: string; readonly spec: BFDProfileSpec }[];
  /** By prefix. */
  readonly routes: readonly { readonly prefix: string; readonly peers: readonly string[] }[];
  readonly problems: readonly BgpProblem[];
}

/** The sessions of one VRF: one speaker of one AS. */
export interface InstancePlan {
  /** undefined: the default VRF. */
  readonly vrf: string | undefined;
  readonly asn: number;
  readonly routerID: string;
  /** By name of the BGPPeer. */
  readonly sessions: readonly (SessionPlan & { readonly exports: readonly ExportPlan[] })[];
}

/** Guarantees: what is wrong with an object hurts that object alone, and the order of the objects does not matter. */
export function planBgp(input: BgpInput): BgpPlan {
  const { problems: ofPeers, sessions } = sessionsOf(input);
  const aliases = communityAliases(accepted(input.communities, specInForce));
  const routes = candidateRoutes(input);
  const sent = new Map<string, string[]>();
  const problems = [...ofPeers, ...aliases.problems, ...routes.problems];

  const withExports = sessions.map((session) => {
    const exports = exportsOf(session, routes.candidates, aliases.resolve);
    problems.push(...exports.problems);
    for (const { prefixes } of exports.exports)
      for (const prefix of prefixes) sent.set(prefix, [...(sent.get(prefix) ?? []), session.peer]);
    return { ...session, exports: exports.exports };
  });

  const vrfs = [...new Set(sessions.map(({ vrf }) => vrf ?? ""))].sort(compareText);
  const inUse = new Set(sessions.map(({ bfdProfile }) => bfdProfile));
  return {
    instances: vrfs.map((vrf) => {
      const own = withExports.filter((session) => (session.vrf ?? "") === vrf);
      // All of one VRF have the same.
      const { myASN = 0, routerID = routerIDOf(input.node) } = own[0] ?? {};
      return { vrf: vrf === "" ? undefined : vrf, asn: myASN, routerID, sessions: own };
    }),
    profiles: input.profiles
      .map(({ metadata, spec }) => ({ name: metadata.name ?? "", spec }))
      .filter(({ name }) => inUse.has(name))
      .sort((a, b) => compareText(a.name, b.name)),
    routes: [...sent]
      .map(([prefix, peers]) => ({ prefix, peers: [...new Set(peers)].sort(compareText) }))
      .sort((a, b) => compareText(a.prefix, b.prefix)),
    problems: unique(problems),
  };
}

/** By object; the same thing is said once, however many routes meet it. */
function unique(problems: readonly BgpProblem[]): BgpProblem[] {
  const byText = new Map(problems.map((each) => [`${each.kind}/${each.name}/${each.message}`, each]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, each]) => each);
}
