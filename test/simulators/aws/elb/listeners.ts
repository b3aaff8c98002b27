/** Listeners of Network Load Balancers. */
import { isDeepStrictEqual } from "node:util";
import type { ElbOperation, ForwardAction, Listener, LoadBalancer, Tls, World } from "../state.ts";
import { AwsError, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf, textsOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { listenerDefaults } from "./attribute-tables.ts";
import {
  atMost20,
  isGiven,
  listenerAt,
  loadBalancerAt,
  named,
  numberIn,
  oneOf,
  page,
  required,
} from "./find.ts";
import { forwardActionIn, shownAction } from "./forward-action.ts";
import { checkDualstack } from "./ip-families.ts";
import { knownToMoto, protocols } from "./protocols.ts";
import { checkTags, tagsIn } from "./tags.ts";
import { checkNoTls, tlsIn } from "./tls.ts";

export const createListener: ElbOperation = async (world, request) => {
  const loadBalancer = loadBalancerAt(world, textOf(request, "LoadBalancerArn"));
  const asked = await settingsIn(world, request, loadBalancer);
  const siblings = listenersOf(world, loadBalancer.arn);
  const same = siblings.find((one) => one.port === asked.port);
  if (same !== undefined) return { Listeners: [existing(same, asked)] };
  checkTags(tagsIn(request), world.behaviour().limits.tagsPerResource);
  if (siblings.length >= world.behaviour().limits.listenersPerLoadBalancer)
    throw new AwsError("TooManyListeners", "The maximum number of listeners has been reached");
  const made = await world.moto.elb("CreateListener", {
    LoadBalancerArn: loadBalancer.arn,
    Protocol: knownToMoto(asked.protocol),
    Port: asked.port,
    DefaultActions: [{ Type: "forward", TargetGroupArn: asked.action.groups[0]?.arn }],
    Tags: tagsIn(request),
  });
  const arn = textOf(listOf(made, "Listeners")[0], "ListenerArn") ?? "";
  const listener: Listener = {
    arn,
    loadBalancer: loadBalancer.arn,
    ...asked,
    certificates: new Set(),
    attributes: listenerDefaults(asked.protocol),
  };
  world.state.listeners.set(arn, listener);
  world.state.unseen.set(arn, world.behaviour().unseenDescribes);
  return { Listeners: [shown(listener)] };
};

type Settings = Pick<Listener, "port" | "protocol" | "action" | "tls">;

/** What a listener is to be: a request to make one, or what a request changes of one. */
async function settingsIn(
  world: World,
  request: Fields,
  loadBalancer: LoadBalancer,
  before?: Listener,
): Promise<Settings> {
  const port = numberIn(request, "Port", 1, 65535) ?? before?.port;
  if (port === undefined) throw invalid("A listener port must be specified");
  const protocol = protocolIn(request) ?? before?.protocol;
  if (protocol === undefined) throw invalid("A listener protocol must be specified");
  checkDualstack(protocol, loadBalancer);
  const wanted = { loadBalancer, protocol };
  const action =
    before === undefined || isGiven(request, "DefaultActions")
      ? forwardActionIn(world, request, wanted)
      : before.action;
  if (before !== undefined) recheck(world, action, wanted);
  return { port, protocol, action, tls: await settledTls(world, request, protocol, before?.tls) };
}

/** CreateListener, UnsupportedProtocol: HTTP is for Application, GENEVE for Gateway Load Balancers. */
function protocolIn(request: Fields): string | undefined {
  const asked = oneOf(request, "Protocol", [...protocols, "HTTP", "HTTPS", "GENEVE"]);
  if (asked !== undefined && !protocols.some((one) => one === asked))
    throw new AwsError(
      "UnsupportedProtocol",
      `Protocol '${asked}' is not supported by load balancers of type network`,
    );
  return asked;
}

/** A new protocol may not suit the target groups that stay. */
function recheck(
  world: World,
  action: ForwardAction,
  wanted: { readonly loadBalancer: LoadBalancer; readonly protocol: string },
): void {
  const groups = action.groups.map(({ arn, weight }) => ({
    TargetGroupArn: arn,
    ...(weight === undefined ? {} : { Weight: weight }),
  }));
  forwardActionIn(
    world,
    { DefaultActions: [{ Type: "forward", ForwardConfig: { TargetGroups: groups } }] },
    wanted,
  );
}

async function settledTls(
  world: World,
  request: Fields,
  protocol: string,
  before: Tls | undefined,
): Promise<Tls | undefined> {
  if (protocol === "TLS") return tlsIn(world, request, before);
  checkNoTls(request, protocol);
  return undefined;
}

/** CreateListener: "If you attempt to create multiple listeners with the same settings, each call succeeds." */
function existing(same: Listener, asked: Settings): Shape {
  const { port, protocol, action, tls } = same;
  if (!isDeepStrictEqual(asked, { port, protocol, action, tls }))
    throw new AwsError(
      "DuplicateListener",
      `A listener already exists on port ${port} of this load balancer`,
    );
  return shown(same);
}

export const modifyListener: ElbOperation = async (world, request) => {
  const listener = listenerAt(world, textOf(request, "ListenerArn"));
  const loadBalancer = loadBalancerAt(world, listener.loadBalancer);
  const next = await settingsIn(world, request, loadBalancer, listener);
  if (listenersOf(world, loadBalancer.arn).some((one) => one !== listener && one.port === next.port))
    throw new AwsError(
      "DuplicateListener",
      `A listener already exists on port ${next.port} of this load balancer`,
    );
  // moto knows no other protocols here than TCP, HTTP and HTTPS: it is told port and groups, which is what it uses.
  await world.moto.elb("ModifyListener", {
    ListenerArn: listener.arn,
    Port: next.port,
    DefaultActions: [{ Type: "forward", TargetGroupArn: next.action.groups[0]?.arn }],
  });
  if (next.protocol !== listener.protocol) renewAttributes(listener, next.protocol);
  // ModifyListener: "Changing the protocol from HTTPS to HTTP, or from TLS to TCP, removes the security policy and default
  // certificate properties."
  if (next.tls === undefined) listener.certificates.clear();
  Object.assign(listener, next);
  return { Listeners: [shown(listener)] };
};

/** Attributes that both protocols have keep their values. */
function renewAttributes(listener: Listener, protocol: string): void {
  const defaults = listenerDefaults(protocol);
  for (const key of listener.attributes.keys()) if (!defaults.has(key)) listener.attributes.delete(key);
  for (const [key, value] of defaults) if (!listener.attributes.has(key)) listener.attributes.set(key, value);
}

export const deleteListener: ElbOperation = async (world, request) => {
  const listener = listenerAt(world, textOf(request, "ListenerArn"));
  await world.moto.elb("DeleteListener", { ListenerArn: listener.arn });
  world.state.listeners.delete(listener.arn);
  return "";
};

/** DescribeListeners: "You must specify either a load balancer or one or more listeners." */
export const describeListeners: ElbOperation = async (world, request) => {
  atMost20(request, "ListenerArns");
  const of = textOf(request, "LoadBalancerArn");
  const arns = textsOf(request, "ListenerArns");
  if ((of === undefined) === (arns.length === 0))
    throw invalid("You must specify either listener ARNs or a load balancer ARN");
  if (of !== undefined) loadBalancerAt(world, of);
  const candidates = new Map(
    [...world.state.listeners].filter(([, one]) => of === undefined || one.loadBalancer === of),
  );
  const { shown: onPage, next } = page(request, named(world, "listener", candidates, { arns, names: [] }));
  return { Listeners: onPage.map(shown), NextMarker: next };
};

/** DescribeRules: a Network Load Balancer has the default rule only. */
export const describeRules: ElbOperation = async (world, request) => {
  const listener = listenerAt(world, required("ListenerArn", textOf(request, "ListenerArn")));
  const rule = `${listener.arn.replace(":listener/", ":listener-rule/")}/default`;
  return {
    Rules: [
      {
        RuleArn: rule,
        Priority: "default",
        IsDefault: true,
        Conditions: [],
        Actions: [shownAction(listener.action)],
      },
    ],
  };
};

function listenersOf(world: World, loadBalancer: string): readonly Listener[] {
  return [...world.state.listeners.values()].filter((one) => one.loadBalancer === loadBalancer);
}

function shown(listener: Listener): Shape {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancer,
    Port: listener.port,
    Protocol: listener.protocol,
    Certificates: listener.tls === undefined ? undefined : [{ CertificateArn: listener.tls.certificate }],
    SslPolicy: listener.tls?.policy,
    AlpnPolicy: listener.tls?.alpn === undefined ? undefined : [listener.tls.alpn],
    DefaultActions: [shownAction(listener.action)],
  };
}
