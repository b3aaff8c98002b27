/** Annotations about listeners: TLS, QUIC, attributes, shares. */
import { attributeMap } from "../attribute-map.ts";
import { LISTENER_ATTRIBUTES } from "../attributes.ts";
import {
  type AwsAnnotation,
  IN_PLACE,
  NLB_PREFIX,
  PREFIX,
  REPLACES_TARGET_GROUPS,
  setting,
} from "../entry.ts";
import { forward } from "../forward.ts";
import { awsServiceSettings } from "../service-settings.ts";
import {
  asBoolean,
  asList,
  asMap,
  asText,
  asWord,
  BOOLEAN_WANTED,
  type ReadText,
  refused,
} from "../texts.ts";
import { LISTENER_KEY } from "../values.ts";
import { asForward, FORWARD_WANTED } from "./forward.ts";

const { shape } = awsServiceSettings;

const WITHOUT_CERTIFICATE = "Without aws-load-balancer-ssl-cert it has no effect, and a condition says so.";

const listener = {
  name: "protocol-port",
  pattern: LISTENER_KEY,
  wanted: "protocol and port of a listener, such as TCP-80 or TLS-443",
};

/** `*` was every TCP port for the cloud controller, which is what holds without the annotation. */
const asPorts: ReadText = (text) => (text.trim() === "*" ? { ok: true, value: undefined } : asList(text));

const asBackendProtocol: ReadText = (text) =>
  /^https?$/i.test(text.trim())
    ? { ok: false, why: "a Network Load Balancer speaks no HTTP: tcp is for http, ssl for https" }
    : asWord("ssl", "tcp")(text);

export const LISTENERS: readonly AwsAnnotation[] = [
  setting(`${NLB_PREFIX}ssl-cert`, "settings.certificates", [asList, shape.certificates], {
    value: "ARNs of certificates in ACM or IAM, comma separated",
    maxLength: 16_384,
    description:
      "TCP ports listen with TLS. The first certificate is the default, the others go by server name (SNI).",
    default: "no TLS",
    onChange: IN_PLACE,
  }),
  setting(`${NLB_PREFIX}ssl-ports`, "settings.tlsPorts", [asPorts, shape.tlsPorts], {
    value: "names or numbers of ports of the Service, comma separated, or *",
    description: `The ports that listen with TLS. A port that the Service has not is refused. ${WITHOUT_CERTIFICATE}`,
    default: "all TCP ports, as with *",
    onChange: IN_PLACE,
    differs: "The AWS Load Balancer Controller fails on *.",
  }),
  setting(`${NLB_PREFIX}ssl-negotiation-policy`, "settings.tlsPolicy", [asText, shape.tlsPolicy], {
    value: "the name of a security policy of ELB, such as ELBSecurityPolicy-TLS13-1-2-2021-06",
    description: `Which versions and ciphers TLS clients may use. ${WITHOUT_CERTIFICATE}`,
    default: "`tlsPolicy` of the class, which is ELBSecurityPolicy-TLS13-1-2-2021-06",
    onChange: IN_PLACE,
    differs: "Others have ELBSecurityPolicy-2016-08, which lets clients use TLS 1.0 and 1.1.",
  }),
  setting(
    `${NLB_PREFIX}backend-protocol`,
    "settings.backendProtocol",
    [asBackendProtocol, shape.backendProtocol],
    {
      value: "ssl or tcp",
      description: `What TLS listeners speak to targets: TLS (ssl) or plain TCP. ${WITHOUT_CERTIFICATE}`,
      default: "tcp",
      onChange: REPLACES_TARGET_GROUPS,
      differs:
        "Others take http and https as tcp, so that pods that expect TLS get plain text; the AWS Load Balancer Controller knows lower case only.",
    },
  ),
  setting(
    `${NLB_PREFIX}alpn-policy`,
    "settings.alpnPolicy",
    [asWord("None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"), shape.alpnPolicy],
    {
      value: "None, HTTP1Only, HTTP2Only, HTTP2Optional or HTTP2Preferred",
      description: `Which protocol TLS listeners agree on with clients (ALPN). ${WITHOUT_CERTIFICATE}`,
      default: "None",
      onChange: IN_PLACE,
      differs:
        "The AWS Load Balancer Controller leaves the policy as it is when the annotation is taken off.",
    },
  ),
  setting(`${NLB_PREFIX}enable-tcp-udp-listener`, "settings.mergeTcpUdp", [asBoolean, shape.mergeTcpUdp], {
    value: BOOLEAN_WANTED,
    description:
      "true: a TCP and a UDP port of one number, with one node port and one target port, become one TCP_UDP listener. Without it such a Service is refused.",
    default: "false",
    onChange: REPLACES_TARGET_GROUPS,
    differs:
      "The AWS Load Balancer Controller does it with a feature gate only, drops the second of the two ports silently without, and takes what it can't read as absent.",
  }),
  setting(`${NLB_PREFIX}quic-enabled-ports`, "settings.quicPorts", [asList, shape.quicPorts], {
    value: "names or numbers of UDP ports of the Service, comma separated",
    description:
      "UDP ports listen for QUIC, merged ones for TCP and QUIC. For ip targets only. A port that the Service has not, or that is not UDP, is refused. The QUIC server id of a pod is the last 8 bytes of its address, an IPv4 address behind zeros: the server has to write it into its connection ids.",
    default: "no QUIC",
    onChange: REPLACES_TARGET_GROUPS,
    differs:
      "The AWS Load Balancer Controller ignores ports that the Service has not, and gives pods server ids of its own by a webhook.",
  }),
  {
    key: `${NLB_PREFIX}quic-enabled-containers`,
    sets: "none",
    value: "nothing: it is not for Services",
    parse: () =>
      refused(
        "the annotation taken off",
        "it is for pods, where a webhook that Fairlead does not have gives containers their QUIC server id",
      ),
    description:
      "Refused. It belongs on pods, where a mutating webhook of the AWS Load Balancer Controller acts on it; Fairlead has none, and leaves pods as they are.",
    default: "none",
    onChange: "refused",
    differs: "The AWS Load Balancer Controller ignores it on a Service.",
  },
  setting(
    `${NLB_PREFIX}listener-attributes`,
    "settings.listenerAttributes",
    [asMap, attributeMap(LISTENER_ATTRIBUTES)],
    {
      variable: {
        name: "protocol-port",
        pattern: /^(TCP|TCP_UDP|TCP_QUIC)-[1-9][0-9]{0,4}$/,
        wanted: "protocol and port of a listener that speaks TCP, such as TCP-80; others have no attributes",
      },
      value: "key=value, comma separated, with keys of listener attributes",
      description:
        "Attributes of one listener. The protocol is that of the listener, not of the Service's port.",
      default: "as AWS has them",
      onChange: IN_PLACE,
      differs: "The AWS Load Balancer Controller leaves attributes as they are when they are taken off.",
    },
  ),
  setting(`${PREFIX}actions`, "settings.actions", [asForward, forward], {
    variable: listener,
    maxLength: 8192,
    value: FORWARD_WANTED,
    description:
      "Shares the traffic of one listener between the Service and up to four target groups that somebody else made, by weight.",
    default: "all traffic goes to the Service",
    onChange: IN_PLACE,
    differs:
      "Other Services can't be named here (`serviceName` is refused): give them target groups of their own, or share by `fairlead.io/group`. Weights that are not given are 1.",
  }),
];
