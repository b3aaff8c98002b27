/** A load balancer in a box, simulated: virtual servers as JSON over HTTP, kept in memory. It forwards nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface VirtualServer {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  /** Chosen by the appliance. */
  readonly address: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly backendPort: number }[];
  /** Addresses of machines. */
  readonly backends: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface ApplianceOptions {
  /** Default: any that is free. */
  readonly port?: number;
  /** Called for each request, such as `POST /virtual-servers`, with what does the work; gives the answer, or none at all. */
  readonly around?: (call: string, work: () => Answer) => Promise<Answer | undefined>;
}

export interface Appliance {
  readonly url: string;
  /** By id. */
  readonly virtualServers: Map<string, VirtualServer>;
  /** As `POST /virtual-servers`, by somebody at the console. */
  add(given: Omit<VirtualServer, "id" | "address">): Answer;
  stop(): Promise<void>;
}

/**
 * `GET` and `POST /virtual-servers`, `PATCH` and `DELETE /virtual-servers/<id>`. 404: no such id. 409: the name is taken. 422: it can't be
 * read. 429: too many requests. 507: no licence for more.
 */
export async function startAppliance({
  port = 0,
  around = async (_call, work) => work(),
}: ApplianceOptions = {}): Promise<Appliance> {
  const virtualServers = new Map<string, VirtualServer>();
  let made = 0;
  const add: Appliance["add"] = ({ name, tags, ports, backends }) => {
    if ([...virtualServers.values()].some((other) => other.name === name))
      return { status: 409, body: { error: `the name ${name} is taken` } };
    made += 1;
    const id = `vs-${made}`;
    const one = { id, name, address: `198.51.100.${made % 256}`, tags, ports, backends };
    virtualServers.set(id, one);
    return { status: 201, body: one };
  };
  const perform = (method: string, id: string | undefined, body: Partial<VirtualServer>): Answer => {
    const found = virtualServers.get(id ?? "");
    if (id === undefined) {
      if (method === "GET") return { status: 200, body: [...virtualServers.values()] };
      const { name = "", tags = {}, ports = [], backends = [] } = body;
      return name === ""
        ? { status: 422, body: { error: "name: is missing" } }
        : add({ name, tags, ports, backends });
    }
    if (found === undefined) return { status: 404, body: { error: `there is no ${id}` } };
    if (method === "DELETE") virtualServers.delete(id);
    else virtualServers.set(id, { ...found, ...body, id, address: found.address });
    return { status: 200, body: virtualServers.get(id) ?? {} };
  };

  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const { method = "GET", url = "/" } = request;
    const [, , id] = url.split("/");
    const body = text === "" ? {} : (JSON.parse(text) as Partial<VirtualServer>);
    const answer = await around(`${method} /virtual-servers`, () => perform(method, id, body));
    if (answer === undefined) return response.destroy();
    response.writeHead(answer.status, { "content-type": "application/json" });
    return response.end(JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    virtualServers,
    add,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
