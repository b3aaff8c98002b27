/** How tests get at a running control plane, as whom they like. Plain data underneath, so that it can be handed to another process. */
import { request } from "node:https";
import type { Connection } from "../../runtime/kube/connection.ts";
import { headersOf, kubeconfigOf, type Login } from "./credentials.ts";

/** All that is needed to reach a control plane; survives JSON. */
export interface AccessData {
  readonly server: string;
  /** The certificates to trust, PEM. */
  readonly caPem: string;
  /** A kubeconfig of `admin`, who may do everything; the file goes with the control plane. */
  readonly kubeconfigPath: string;
  /** The token of `admin`. */
  readonly adminToken: string;
}

/** Who to be: any user, who may do what RBAC gives that name, or a ServiceAccount with a token of its own. */
export type Identity =
  | { readonly user: string }
  | { readonly serviceAccount: { readonly namespace: string; readonly name: string } };

/** A control plane that somebody else may have started. */
export interface ControlPlaneAccess extends AccessData {
  /**
   * A connection for `createKubeClient`. Default: as `admin`. A ServiceAccount is created, with its namespace, if it is
   * not there; its token holds for an hour and is fetched anew when the server refuses it.
   */
  connection(as?: Identity): Promise<Connection>;
  /** The text of a kubeconfig for somebody. The token of a ServiceAccount in it holds for an hour. */
  kubeconfig(as?: Identity): Promise<string>;
  /**
   * One plain JSON request as `admin`, for arranging and looking, apart from the client that is under test; gives the
   * answer's body.
   * @throws when the status is not 2xx
   */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

const tokenLifetimeSeconds = 3_600;

/** Makes the functions to go with the data of a running control plane. */
export function accessTo(data: AccessData): ControlPlaneAccess {
  const admin: Login = { server: data.server, caPem: data.caPem, token: data.adminToken };

  async function login(as: Identity | undefined): Promise<Login> {
    if (as === undefined) return admin;
    return "user" in as ? { ...admin, actingFor: as.user } : loginOfServiceAccount(admin, as.serviceAccount);
  }

  async function connection(as?: Identity): Promise<Connection> {
    const tls = { ca: data.caPem };
    let headers = headersOf(await login(as));
    return {
      server: data.server,
      credentials: async (how) => {
        if (how?.refresh) headers = headersOf(await login(as));
        return { headers, tls };
      },
    };
  }

  return {
    ...data,
    connection,
    kubeconfig: async (as) => kubeconfigOf(await login(as)),
    call: (method, path, body) => callOk(admin, method, path, body),
  };
}

async function loginOfServiceAccount(
  admin: Login,
  account: { readonly namespace: string; readonly name: string },
): Promise<Login> {
  const { namespace, name } = account;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await createIfMissing(admin, "/api/v1/namespaces", { metadata: { name: namespace } });
  await createIfMissing(admin, accounts, { metadata: { name } });
  const spec = { expirationSeconds: tokenLifetimeSeconds };
  const answer = await callOk(admin, "POST", `${accounts}/${name}/token`, { spec });
  const { token } = (answer as { status: { token: string } }).status;
  return { ...admin, token };
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
  const headers = { ...headersOf(login), "content-type": "application/json" };
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
