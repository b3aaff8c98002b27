/** Keys, tokens and the kubeconfig of a control plane that lives for a test. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { files } from "./servers.ts";

/** Somebody who can log in. What they may do is for RBAC to say. */
export interface TestUser {
  readonly name: string;
  /** Default: none, besides `system:authenticated`. */
  readonly groups?: readonly string[];
}

/** How to reach a server as somebody. */
export interface Login {
  readonly server: string;
  /** The certificates to trust, PEM. */
  readonly caPem: string;
  readonly token: string;
  readonly user: string;
}

export const admin = "admin";

/** Writes the token file and the key pair of ServiceAccount tokens; gives the token of each user. */
export async function writeCredentials(
  directory: string,
  users: readonly TestUser[],
): Promise<ReadonlyMap<string, string>> {
  const everybody: readonly TestUser[] = [{ name: admin, groups: ["system:masters"] }, ...users];
  const tokens = new Map(everybody.map(({ name }) => [name, randomBytes(24).toString("hex")]));
  const rows = everybody.map(({ name, groups = [] }) =>
    [tokens.get(name) ?? "", name, name, groups.join(",")].map(quote).join(","),
  );
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await mkdir(join(directory, files.certificates));
  await write(directory, files.tokens, `${rows.join("\n")}\n`);
  await write(
    directory,
    files.signingKey,
    keys.privateKey.export({ type: "sec1", format: "pem" }).toString(),
  );
  await write(directory, files.verifyKey, keys.publicKey.export({ type: "spki", format: "pem" }).toString());
  return tokens;
}

/** A kubeconfig with one context, as kubectl and every client read it. */
export function kubeconfigOf(login: Login): string {
  const name = "fairlead";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [
      {
        name,
        cluster: {
          server: login.server,
          "certificate-authority-data": Buffer.from(login.caPem).toString("base64"),
        },
      },
    ],
    users: [{ name: login.user, user: { token: login.token } }],
    contexts: [{ name, context: { cluster: name, user: login.user } }],
  });
}

function write(directory: string, file: string, content: string): Promise<void> {
  return writeFile(join(directory, file), content, { mode: 0o600 });
}

function quote(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}
