/** What only TLS listeners have: a certificate, a security policy, an ALPN policy. */
import type { Tls, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf, textsOf } from "../wire/query.ts";
import { certificatesIn, checkCertificate } from "./certificates.ts";
import { isGiven } from "./find.ts";

/** CreateListener, AlpnPolicy. */
const alpnPolicies = ["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"];
/** CreateListener, SslPolicy; the default of the API, not of the console. */
const defaultPolicy = "ELBSecurityPolicy-2016-08";

export async function tlsIn(world: World, request: Fields, before: Tls | undefined): Promise<Tls> {
  const asked = certificatesIn(request);
  const certificate = asked[0] ?? before?.certificate;
  // CreateListener, Certificates: "You must provide exactly one certificate."
  if (certificate === undefined)
    throw new AwsError("CertificateNotFound", "A certificate must be specified for TLS listeners");
  if (asked.length > 1) throw invalid("Exactly one certificate must be specified");
  if (asked.length === 1) await checkCertificate(world, certificate);
  const policy = textOf(request, "SslPolicy") ?? before?.policy ?? defaultPolicy;
  if (isGiven(request, "SslPolicy")) await checkPolicy(world, policy);
  return { certificate, policy, alpn: alpnIn(request) ?? before?.alpn };
}

async function checkPolicy(world: World, policy: string): Promise<void> {
  const known = await world.moto.elb("DescribeSSLPolicies", { Names: [policy] });
  if (listOf(known, "SslPolicies").length === 0)
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${policy}' not found`);
}

function alpnIn(request: Fields): string | undefined {
  const [policy, ...more] = textsOf(request, "AlpnPolicy");
  if (more.length > 0) throw invalid("Only one ALPN policy can be specified");
  // The exception ALPNPolicyNotSupported has this code on the wire.
  if (policy !== undefined && !alpnPolicies.includes(policy))
    throw new AwsError("ALPNPolicyNotFound", `ALPN policy '${policy}' is not supported`);
  return policy;
}

/** CreateListener: certificates and policies are "[HTTPS and TLS listeners]", ALPN policies "[TLS listeners]". */
export function checkNoTls(request: Fields, protocol: string): void {
  for (const name of ["Certificates", "SslPolicy", "AlpnPolicy"])
    if (isGiven(request, name) && request[name] !== "")
      throw badConfiguration(`${name} can't be specified for listeners of protocol ${protocol}`);
}
