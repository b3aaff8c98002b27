/**
 * `node:http` without an import of it: an import evaluates every export, and one of them, `WebSocket`, loads undici, which takes
 * 5 to 10 MiB in every process of ours.
 */
export const http: typeof import("node:http") = process.getBuiltinModule("node:http");
