/** A provider for the appliance: every load balancer is one virtual server, whose backends are the nodes of the cluster. */
import {
  eligibleNodes,
  type Fields,
  type GraphProvider,
  type LoadBalancerClass,
  type ObservedResource,
} from "../../src/index.ts";
import type { VirtualServer } from "./appliance.ts";
import { call } from "./client.ts";

const KIND = "virtual-server";

export function createApplianceProvider(): GraphProvider<null> {
  let clusterUid = "";
  const nameOf = (stack: string) => `${clusterUid.slice(0, 8)}.${stack.replace("/", ".")}`;
  const tagsOf = (stack: string, uid: string) => ({ cluster: clusterUid, stack, member: uid });
  const list = async (cls: LoadBalancerClass, signal: AbortSignal) =>
    (await call(cls, "GET", "", undefined, signal)) as VirtualServer[];
  const isOurs = ({ tags }: VirtualServer, stack: string) =>
    tags.cluster === clusterUid && tags.stack === stack;

  return {
    form: "graph",
    name: "example.com/appliance",
    externalResources: true,
    features: ["nodes", "drift"],
    watches: ["nodes"],
    annotations: [],
    immutableSettings: ["url"],
    checkClass: ({ url }) =>
      typeof url === "string" && URL.canParse(url)
        ? []
        : [{ reason: "InvalidSettings", message: "spec.settings.url: must be the URL of the appliance" }],
    checkSettings: (settings) =>
      Object.keys(settings).map((key) => ({
        reason: "InvalidSettings",
        message: `settings.${key}: is not known`,
      })),
    start(context) {
      ({ clusterUid } = context);
    },
    stackOf: ({ key }) => key,
    facts: async () => null,

    desire({ key, members: [member], nodes }) {
      if (member === undefined) return { resources: [], problems: new Map() };
      const { spec, metadata } = member.lb;
      const odd = spec.ports.find(({ protocol, nodePort }) => protocol !== "TCP" || nodePort === undefined);
      if (odd !== undefined) {
        const message = `port ${odd.port}/${odd.protocol} can't be served: the appliance forwards TCP to node ports`;
        return {
          resources: [],
          problems: new Map([[member.key, [{ kind: "pending", reason: "Unsupported", message }]]]),
        };
      }
      const uid = metadata.uid ?? "";
      const ports = spec.ports.map(({ port, nodePort = 0 }) => ({ port, backendPort: nodePort }));
      const addresses = eligibleNodes(nodes).nodes.map(
        ({ status }) => status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
      );
      const fields = {
        name: nameOf(key),
        tags: tagsOf(key, uid),
        ports: ports.sort((a, b) => a.port - b.port),
        backends: addresses.filter((address) => address !== "").sort(),
      };
      const note = `ports ${ports.map(({ port }) => port).join(", ")} of the Service`;
      const server = { id: KIND, kind: KIND, fields, dependsOn: [], members: [uid], note };
      return { resources: [server], problems: new Map() };
    },

    /** One list for all; what has a name that we would give, and no mark, is shown as not ours, so that it is told and left alone. */
    async observe(stacks, signal) {
      const [first] = stacks;
      const all = first === undefined ? [] : await list(first.cls, signal);
      return new Map(
        stacks.map(({ key }) => {
          const found = all.filter((server) => isOurs(server, key) || server.name === nameOf(key));
          return [key, found.map((server) => observed(server, isOurs(server, key)))];
        }),
      );
    },

    rules: {
      [KIND]: {
        change: (field) => (field === "name" ? "ignore" : "update"),
        replace: "create-first",
        changesAddress: true,
      },
    },
    actions: {
      [KIND]: {
        async create({ fields }, { cls, signal, guard }) {
          guard();
          const made = (await call(cls, "POST", "", fields, signal)) as VirtualServer;
          return { cloudId: made.id, fields: fieldsOf(made) };
        },
        async update({ cloudId, fields }, { cls, signal, guard }) {
          guard();
          return fieldsOf((await call(cls, "PATCH", `/${cloudId}`, fields, signal)) as VirtualServer);
        },
        async delete({ cloudId }, { cls, signal, guard }) {
          guard();
          await call(cls, "DELETE", `/${cloudId}`, undefined, signal);
        },
      },
    },
    result(_member, all) {
      const address = all.find(({ ours }) => ours)?.fields.address;
      return { addresses: typeof address === "string" ? [{ ip: address, ipMode: "Proxy" }] : [] };
    },
  };
}

function fieldsOf({ id: _id, ...fields }: VirtualServer): Fields {
  return fields;
}

function observed(server: VirtualServer, ours: boolean): ObservedResource {
  const { member } = server.tags;
  const members = ours && member !== undefined ? { members: [member] } : {};
  return {
    id: KIND,
    kind: KIND,
    cloudId: server.id,
    fields: fieldsOf(server),
    dependsOn: [],
    ours,
    ...members,
  };
}
