/** The BGP of this node: begun once a BGPPeer selects it, and told of everything that concerns it, never of less than all. */
import { existsSync } from "node:fs";
import type { AnnouncerBgp, AnnouncerCapability } from "../api/announcer.ts";
import { type BGPPeer, type BGPPeerSpec, bgpPeers } from "../api/bgp-peer.ts";
import { eventReasons } from "../api/event-reasons.ts";
import { apiVersionOf } from "../api/meta.ts";
import { selectsNode } from "../core/advertising/selects.ts";
import { specInForce } from "../core/advertising/spec-in-force.ts";
import type { Clock } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { FrrPlace } from "./bgp/frr-driver.ts";
import type { SessionHappening } from "./bgp/report.ts";
import type { Bgp, BgpOptions } from "./bgp/start-bgp.ts";
import { type BgpObjects, bgpInput } from "./desire/bgp-input.ts";
import type { NodeRules } from "./desire/objects.ts";
import { createPasswords } from "./watch/passwords.ts";

export interface BgpPartOptions extends NodeRules {
  readonly node: string;
  readonly namespace: string;
  readonly frr: FrrPlace;
  readonly client: Pick<KubeClient, "get">;
  readonly events: Pick<EventRecorder, "event">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Something of what it reads by itself has changed: `apply` is to be called again. */
  readonly changed: () => void;
  readonly onState: (bgp: AnnouncerBgp | undefined, capabilities: readonly AnnouncerCapability[]) => void;
  readonly start: (o: BgpOptions) => Bgp;
}

export interface BgpPart {
  /** From now on FRR is looked after though no BGPPeer selects this node: a former process may have left something there. */
  takeOver(): void;
  /** Takes effect once all passwords that this node needs have been looked for, found or not. */
  apply(objects: Omit<BgpObjects, "passwords">): void;
  run(signal: AbortSignal): Promise<void>;
}

export function createBgpPart(o: BgpPartOptions): BgpPart {
  const { node, client, namespace, clock, changed } = o;
  const passwords = createPasswords({ client, namespace, changed, log: o.logger, clock });
  let bgp: Bgp | undefined;
  let isNeeded = false;
  let peers: readonly BGPPeer[] = [];
  o.onState(undefined, capabilities(o.frr));

  const tell = ({ what, peer, message }: SessionHappening): void => {
    const object = peers.find(({ metadata }) => metadata.name === peer);
    if (object === undefined) return;
    const { name, uid } = object.metadata;
    const subject = { apiVersion: apiVersionOf(bgpPeers), kind: bgpPeers.kind, metadata: { name, uid } };
    if (what === "lost")
      o.events.event(subject, "Warning", eventReasons.sessionLost, `node ${node}: ${message}`);
    else o.events.event(subject, "Normal", eventReasons.sessionEstablished, `node ${node}: ${message}`);
  };
  /** Specs of the peers that select this node: what others have is nothing to it. */
  const ownPeers = ({ objects: { nodes } }: Pick<BgpObjects, "objects">): readonly BGPPeerSpec[] => {
    const labels = nodes.find(({ metadata }) => metadata.name === node)?.metadata.labels;
    return peers
      .map(specInForce)
      .filter((spec) => spec !== undefined)
      .filter((spec) => selectsNode(spec, labels));
  };
  return {
    takeOver() {
      isNeeded = true;
    },
    apply(objects) {
      ({ peers } = objects);
      const own = ownPeers(objects);
      isNeeded ||= own.length > 0;
      // FRR may be somebody else's on a node that no BGPPeer selects.
      if (!isNeeded) return;
      passwords.want(new Set(own.flatMap(({ passwordSecret }) => passwordSecret?.name ?? [])));
      if (!passwords.isComplete) return;
      bgp ??= o.start({
        ...o.frr,
        log: o.logger,
        clock,
        onState: ({ status, capabilities: able }) => o.onState(status, able),
        onSession: tell,
      });
      bgp.apply(bgpInput({ ...objects, passwords: new Map(passwords.known) }, o));
    },
    async run(signal) {
      await passwords.run(signal);
      await bgp?.stop();
    },
  };
}

/** Before FRR was spoken to. */
function capabilities({ directory }: FrrPlace): AnnouncerCapability[] {
  return (
    [
      ["BGP", "bgpd"],
      ["BFD", "bfdd"],
    ] as const
  ).map(([name, daemon]) => {
    const socket = `${directory}/${daemon}.vty`;
    if (existsSync(socket))
      return { name, available: true, message: "not used as long as no BGPPeer selects this node" };
    return {
      name,
      available: false,
      message: `FRR's ${daemon} does not run here (there is no ${socket}); needed only with BGPPeers`,
    };
  });
}
