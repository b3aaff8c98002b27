import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createAwsClients } from "../../../../../src/providers/aws/client.ts";
import { hurriedClock } from "./hurried-clock.ts";

const { signal } = new AbortController();
const busy = (retryAfter: number) => ({ status: 503, headers: { "retry-after": String(retryAfter) } });
const good = { status: 200, headers: {} };
let answers: { readonly status: number; readonly headers: Record<string, string> }[] = [];

const server = createServer((_, response) => {
  const { status, headers } = answers.shift() ?? good;
  response.writeHead(status, headers).end(status === 200 ? "<DescribeVpcsResponse/>" : "");
});

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = "simulated";
  process.env.AWS_SECRET_ACCESS_KEY = "simulated";
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

function arranged() {
  const clock = hurriedClock();
  const ec2 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = createAwsClients({ clock }).at({ region: "eu-west-1", endpoints: { ec2 } });
  return { clock, read: () => aws.read("DescribeVpcs", {}, { signal }) };
}

test("who is told to come back soon waits that long and asks again", async () => {
  answers = [busy(7)];
  const { clock, read } = arranged();
  await read();
  expect(clock.monotonic()).toBeGreaterThanOrEqual(7000);
});

test("who is told to come back later does not wait for it, and tells when", async () => {
  answers = [busy(120)];
  const { clock, read } = arranged();
  await expect(read()).rejects.toMatchObject({ class: "retry", retryAfterMs: 120_000 });
  expect(clock.monotonic()).toBeLessThan(1000);
});
