/** How tests get at a running control plane, as whom they like. Plain data underneath, so that it can be handed to another process. */
import { request } from "node:https";
import { admin, kubeconfigOf, type Login } from "./credentials.ts";

/** All that is needed to reach a control plane; survives JSON. */
export interface AccessData {
  readonly server: string;
  /** The certificates to trust, PEM. */
  readonly caPem: string;
  /** A kubeconfig of `admin`; the file goes with the control plane. */
  readonly kubeconfigPath: string;
  /** Tokens by user name. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** Who to be: a user known to the control plane, or a ServiceAccount. */
export type Identity =
  | { readonly user: string }
  | { readonly serviceAccount: { readonly namespace: string; readonly name: string } };

/** A control plane that somebody else may have started. */
export interface ControlPlaneAccess extends AccessData {
  /**
   * How to log in as somebody; default: as `admin`. A ServiceAccount is created with its namespace if it is not there, and
   * gets a token for an hour.
   * @throws for a user that the control plane was not started with
   */
  login(as?: Identity): Promise<Login>;
  /** The text of a kubeconfig for somebody, as {@link login} has it. */
  kubeconfig(as?: Identity): Promise<string>;
  /**
   * One plain JSON request as `admin`, for arranging and looking; gives the answer's body.
   * @throws when the status is not 2xx
   */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

const tokenLifetimeSeconds = 3_600;

export function accessTo(data: AccessData): ControlPlaneAccess {
  const asAdmin: Login = {
    server: data.server,
    caPem: data.caPem,
    token: data.tokens[admin] ?? "",
    user: admin,
  };

  async function login(as: Identity = { user: admin }): Promise<Login> {
    if ("serviceAccount" in as) return loginOfServiceAccount(asAdmin, as.serviceAccount);
    const token = data.tokens[as.user];
    if (token !== undefined) return { ...asAdmin, token, user: as.user };
    throw new Error(
      `Cannot log in as "${as.user}": the control plane knows ${Object.keys(data.tokens).join(", ")}`,
    );
  }

  return {
    ...data,
    login,
    kubeconfig: async (as) => kubeconfigOf(await login(as)),
    call: (method, path, body) => callOk(asAdmin, method, path, body),
  };
}

async function loginOfServiceAccount(
  asAdmin: Login,
  account: { namespace: string; name: string },
): Promise<Login> {
  const { namespace, name } = account;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await createIfMissing(asAdmin, "/api/v1/namespaces", { metadata: { name: namespace } });
  await createIfMissing(asAdmin, accounts, { metadata: { name } });
  const spec = { expirationSeconds: tokenLifetimeSeconds };
  const answer = await callOk(asAdmin, "POST", `${accounts}/${name}/token`, { spec });
  const { token } = (answer as { status: { token: string } }).status;
  return { ...asAdmin, token, user: `system:serviceaccount:${namespace}:${name}` };
}

async function createIfMissing(login: Login, path: string, body: unknown): Promise<void> {
  const { status, text } = await send(login, "POST", path, body);
  if (status !== 201 && status !== 409) throw refused("POST", path, status, text);
}

async function callOk(login: Login, method: string, path: string, body?: unknown): Promise<unknown> {
  const { status, text } = await send(login, method, path, body);
  if (status < 200 || status > 299) throw refused(method, path, status, text);
  return JSON.parse(text);
}

function refused(method: string, path: string, status: number, text: string): Error {
  return new Error(`${method} ${path} was answered with status ${status}: ${text.slice(0, 500)}`);
}

function send(
  login: Login,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = { authorization: `Bearer ${login.token}`, "content-type": "application/json" };
  const sent = request(new URL(path, login.server), {
    method,
    headers,
    ca: login.caPem,
    agent: false,
    timeout: 30_000,
  });
  sent.on("error", reject);
  sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} was not answered within 30 s`)));
  sent.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("error", reject);
    response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
