/** A server that speaks as the daemons of FRR do on their sockets, for what a real one can't be made to do. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakeFrr extends AsyncDisposable {
  readonly directory: string;
  /** All commands that bgpd was given. */
  readonly commands: string[];
}

export interface FakeAnswer {
  readonly status: number;
  readonly text?: string;
  /** Sent in pieces of this size. */
  readonly pieces?: number;
}

/** @param answer undefined: nothing is answered */
export async function startFakeFrr(answer: (command: string) => FakeAnswer | undefined): Promise<FakeFrr> {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-frr-"));
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString();
      for (;;) {
        const end = received.indexOf("\0");
        if (end === -1) return;
        const command = received.slice(0, end);
        received = received.slice(end + 1);
        commands.push(command);
        const said = answer(command);
        if (said === undefined) continue;
        const bytes = Buffer.concat([Buffer.from(said.text ?? ""), Buffer.from([0, 0, 0, said.status])]);
        const size = said.pieces ?? bytes.length;
        for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(join(directory, "bgpd.vty"), resolve));
  return {
    directory,
    commands,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
