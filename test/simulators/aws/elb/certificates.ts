/** The certificates of TLS listeners: the default one and those chosen by name (SNI). */
import type { ElbOperation, Listener, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { listenerAt, page } from "./find.ts";

export function certificatesIn(request: Fields): readonly string[] {
  return listOf(request, "Certificates").map((entry) => {
    if (textOf(entry, "IsDefault") !== undefined) throw invalid("IsDefault must not be set on certificates");
    return textOf(entry, "CertificateArn") ?? "";
  });
}

/** @throws CertificateNotFound unless ACM or IAM has it */
export async function checkCertificate(world: World, arn: string): Promise<void> {
  const isThere = arn.includes(":iam:") ? await isInIam(world, arn) : await isInAcm(world, arn);
  if (!isThere) throw new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
}

async function isInAcm(world: World, arn: string): Promise<boolean> {
  return world.moto.acm("DescribeCertificate", { CertificateArn: arn }).then(
    () => true,
    () => false,
  );
}

async function isInIam(world: World, arn: string): Promise<boolean> {
  const answer = await world.moto.iam("ListServerCertificates");
  return JSON.stringify(answer).includes(JSON.stringify(arn));
}

export const addListenerCertificates: ElbOperation = async (world, request) => {
  const listener = tlsListener(world, request);
  const asked = certificatesIn(request);
  // AddListenerCertificates: "You can specify one certificate per call."
  if (asked.length !== 1) throw invalid("Exactly one certificate must be specified");
  for (const arn of asked) await checkCertificate(world, arn);
  const most = world.behaviour().limits.certificatesPerLoadBalancer;
  const siblings = [...world.state.listeners.values()].filter(
    (one) => one.loadBalancer === listener.loadBalancer,
  );
  const others = siblings.reduce((sum, one) => sum + one.certificates.size, 0);
  const added = asked.filter((arn) => !listener.certificates.has(arn)).length;
  if (others + added > most)
    throw new AwsError(
      "TooManyCertificates",
      `The maximum number of certificates on a load balancer is ${most}`,
    );
  for (const arn of asked) listener.certificates.add(arn);
  return { Certificates: asked.map((arn) => ({ CertificateArn: arn, IsDefault: false })) };
};

/** RemoveListenerCertificates, OperationNotPermitted: the default certificate can only be replaced. */
export const removeListenerCertificates: ElbOperation = async (world, request) => {
  const listener = tlsListener(world, request);
  const asked = certificatesIn(request);
  for (const arn of asked)
    if (arn === listener.tls?.certificate && !listener.certificates.has(arn))
      throw new AwsError("OperationNotPermitted", `Default certificate '${arn}' cannot be removed`);
  for (const arn of asked) listener.certificates.delete(arn);
  return "";
};

/** DescribeListenerCertificates: "If the default certificate is also in the certificate list, it appears twice in the results". */
export const describeListenerCertificates: ElbOperation = async (world, request) => {
  const listener = listenerAt(world, textOf(request, "ListenerArn"));
  const all = [
    ...(listener.tls === undefined ? [] : [{ arn: listener.tls.certificate, isDefault: true }]),
    ...[...listener.certificates].map((arn) => ({ arn, isDefault: false })),
  ];
  const { shown, next } = page(request, all);
  const certificates: readonly Shape[] = shown.map(({ arn, isDefault }) => ({
    CertificateArn: arn,
    IsDefault: isDefault,
  }));
  return { Certificates: certificates, NextMarker: next };
};

function tlsListener(world: World, request: Fields): Listener {
  const listener = listenerAt(world, textOf(request, "ListenerArn"));
  if (listener.tls === undefined)
    throw badConfiguration(`A certificate list can't be kept for listeners of protocol ${listener.protocol}`);
  return listener;
}
