/** A plan in the words of FRR 8.4 and newer, in the order and the form in which FRR itself shows them. Pure. */
import type { BFDProfileSpec } from "../../../api/bfd-profile.ts";
import { wellKnownCommunities } from "../../../api/community-text.ts";
import type { IPFamily } from "../../../core/ip/address.ts";
import type { BgpPlan, InstancePlan } from "../plan.ts";
import { neighborName, type SessionPlan } from "../sessions.ts";
import type { FrrConfig, Section } from "./config.ts";
import { exportSections, groupSections } from "./export-policy.ts";
import {
  exportName,
  type GroupWords,
  groupKey,
  groupWords,
  LEARN_NOTHING,
  LEAVING,
  profileName,
  routerLine,
} from "./names.ts";

type Words = ReadonlyMap<string, GroupWords>;

const families = ["IPv4", "IPv6"] as const satisfies IPFamily[];

/** A plan without sessions gives an empty configuration: FRR then does nothing. */
export function renderFrr(plan: BgpPlan): FrrConfig {
  if (plan.instances.length === 0) return [];
  const sessions = plan.instances.flatMap(({ sessions }) => sessions);
  const words = groupWords(sessions.flatMap(({ exports }) => exports.map(({ group }) => group)));
  return [
    ...plan.instances.map(({ vrf }) => throughDefaultRoute(vrf)),
    ...plan.profiles.map(({ name, spec }) => profileSection(name, spec)),
    { daemon: "bgpd", context: [], lines: [DELAY] },
    { daemon: "bgpd", context: [`route-map ${LEARN_NOTHING} deny 65535`], lines: [] },
    {
      daemon: "bgpd",
      context: [`route-map ${LEAVING} permit 1`],
      lines: [`set community ${wellKnownCommunities["no-advertise"]}`],
    },
    ...groupSections(words),
    ...sessions.flatMap((session) => exportSections(session, words)),
    ...plan.instances.flatMap((instance) => instanceSections(instance, words)),
  ];
}

/** Changed policies are applied a second after their last change, instead of five: all of one change is there by then. */
const DELAY = "bgp route-map delay-timer 1";

/** A peer that is reached by the default route is reached. */
function throughDefaultRoute(vrf: string | undefined): Section {
  return {
    daemon: "zebra",
    context: vrf === undefined ? [] : [`vrf ${vrf}`],
    lines: ["ip nht resolve-via-default", "ipv6 nht resolve-via-default"],
  };
}

/** What is FRR's default is not said, as FRR does not show it. */
function profileSection(name: string, spec: Partial<BFDProfileSpec>): Section {
  const {
    detectMultiplier = 3,
    receiveInterval = 300,
    transmitInterval = 300,
    echoInterval = 50,
    minimumTtl = 254,
  } = spec;
  const lines = [
    detectMultiplier === 3 ? [] : [`detect-multiplier ${detectMultiplier}`],
    transmitInterval === 300 ? [] : [`transmit-interval ${transmitInterval}`],
    receiveInterval === 300 ? [] : [`receive-interval ${receiveInterval}`],
    spec.passiveMode === true ? ["passive-mode"] : [],
    spec.echoMode === true ? ["echo-mode"] : [],
    spec.echoMode !== true || echoInterval === 50
      ? []
      : [`echo transmit-interval ${echoInterval}`, `echo receive-interval ${echoInterval}`],
    minimumTtl === 254 ? [] : [`minimum-ttl ${minimumTtl}`],
  ];
  return { daemon: "bfdd", context: ["bfd", `profile ${profileName(name)}`], lines: lines.flat() };
}

function instanceSections(instance: InstancePlan, words: Words): Section[] {
  const { routerID, sessions } = instance;
  const router = routerLine(instance);
  return [
    {
      daemon: "bgpd",
      context: [router],
      lines: [
        `bgp router-id ${routerID}`,
        "no bgp default ipv4-unicast",
        // What forwards packets is the kernel, which goes on while FRR is restarted.
        "bgp graceful-restart preserve-fw-state",
        // The addresses are on no interface.
        "no bgp network import-check",
        ...sessions.flatMap(neighborLines),
      ],
    },
    ...families.flatMap((family) => familySection(router, family, sessions, words)),
  ];
}

function neighborLines(session: SessionPlan): string[] {
  const { to, timers, bfdProfile } = session;
  const neighbor = `neighbor ${neighborName(to)}`;
  const remote = `remote-as ${session.remoteAS}`;
  const isInternal = session.remoteAS === "internal";
  const silence = timers.silence;
  return [
    [`${neighbor} ${to.by === "interface" ? `interface ${remote}` : remote}`],
    session.localASN === undefined ? [] : [`${neighbor} local-as ${session.localASN} no-prepend replace-as`],
    bfdProfile === undefined ? [] : [`${neighbor} bfd`, `${neighbor} bfd profile ${profileName(bfdProfile)}`],
    session.password === undefined ? [] : [`${neighbor} password ${session.password}`],
    session.port === 179 ? [] : [`${neighbor} port ${session.port}`],
    session.multihop ? [`${neighbor} ebgp-multihop 255`] : [],
    // A node may have its IPv6 address as a /128, with the router on no network of its own. The TTL of 1 still lets no hop between.
    !isInternal && !session.multihop && to.by === "address" && to.family === "IPv6"
      ? [`${neighbor} disable-connected-check`]
      : [],
    session.sourceAddress === undefined ? [] : [`${neighbor} update-source ${session.sourceAddress}`],
    silence === undefined ? [] : [`${neighbor} timers ${silence.keepalive} ${silence.hold}`],
    timers.connect === 120 ? [] : [`${neighbor} timers connect ${timers.connect}`],
    session.gracefulRestart ? [`${neighbor} graceful-restart`] : [],
  ].flat();
}

/** Policies come before `activate`, so that no session is ever without. */
function familySection(
  router: string,
  family: IPFamily,
  sessions: InstancePlan["sessions"],
  words: Words,
): Section[] {
  const active = sessions.filter(({ families: own }) => own.includes(family));
  if (active.length === 0) return [];
  const exports = active.flatMap((session) => session.exports.filter((each) => each.family === family));
  const networks = exports.flatMap(({ group, prefixes }) => {
    const { name } = words.get(groupKey(group)) ?? {};
    return prefixes.map((prefix) => `network ${prefix} route-map ${name}`);
  });
  return [
    {
      daemon: "bgpd",
      context: [router, `address-family ${family === "IPv4" ? "ipv4" : "ipv6"} unicast`],
      lines: [
        ...active.flatMap(({ peer, to }) => {
          const neighbor = `neighbor ${neighborName(to)}`;
          return [
            `${neighbor} route-map ${LEARN_NOTHING} in`,
            `${neighbor} route-map ${exportName(peer)} out`,
            `${neighbor} activate`,
          ];
        }),
        ...[...new Set(networks)].sort(),
      ],
    },
  ];
}
