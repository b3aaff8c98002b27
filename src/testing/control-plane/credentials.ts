/** Keys, tokens and the kubeconfig of a control plane that lives for a test. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { files } from "./servers.ts";

/** How to reach a server as somebody. */
export interface Login {
  readonly server: string;
  /** The certificates to trust, PEM. */
  readonly caPem: string;
  readonly token: string;
  /** The user for whom the token's owner acts (impersonation). Default: itself. */
  readonly actingFor?: string;
}

/** Writes the token file with its one user, `admin` of `system:masters`, and the keys of ServiceAccount tokens; gives the token. */
export async function writeCredentials(directory: string): Promise<string> {
  const token = randomBytes(24).toString("hex");
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await mkdir(join(directory, files.certificates));
  await write(directory, files.tokens, `${token},admin,admin,"system:masters"\n`);
  await write(
    directory,
    files.signingKey,
    keys.privateKey.export({ type: "sec1", format: "pem" }).toString(),
  );
  await write(directory, files.verifyKey, keys.publicKey.export({ type: "spki", format: "pem" }).toString());
  return token;
}

/** A kubeconfig with one context, as kubectl and every client read it. */
export function kubeconfigOf({ server, caPem, token, actingFor }: Login): string {
  const name = "fairlead";
  const acting = actingFor === undefined ? {} : { as: actingFor };
  const cluster = { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user: { token, ...acting } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

/** The headers that carry a login. */
export function headersOf({ token, actingFor }: Login): Record<string, string> {
  const authorization = `Bearer ${token}`;
  return actingFor === undefined ? { authorization } : { authorization, "impersonate-user": actingFor };
}

function write(directory: string, file: string, content: string): Promise<void> {
  return writeFile(join(directory, file), content, { mode: 0o600 });
}
