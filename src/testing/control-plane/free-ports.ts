/** Finds TCP ports on loopback that nobody listens on. */
import { createServer, type Server } from "node:net";

/**
 * Ports that were free a moment ago, all different. Another process may take one before it is used: whoever starts a
 * server on it has to be ready to try again.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held open together, or the system could give the same one twice.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("Cannot read the port of a TCP server");
  return address.port;
}
