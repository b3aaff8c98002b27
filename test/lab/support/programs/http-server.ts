/** A program: answers every HTTP request with its name and the address of whoever asks: `http-server.ts NAME PORT`. */
import { createServer } from "node:http";

const [name = "", port = ""] = process.argv.slice(2);
createServer((request, response) => {
  // An IPv4 client of a socket for both families shows as ::ffff:10.77.0.101.
  const client = (request.socket.remoteAddress ?? "").replace("::ffff:", "");
  response.setHeader("connection", "close");
  response.end(`${name} ${client}`);
}).listen(Number(port), "::");
