/** The command finds its credentials as docs/aws.md says: where pods, people and machines have them. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AwsSimulator, startAws } from "../../../simulators/aws/index.ts";
import { arrangeNetwork } from "../../../simulators/aws/network.ts";

const root = join(import.meta.dirname, "../../../..");
const patienceMs = 300_000;
const role = "arn:aws:iam::123456789012:role/fairlead";

let aws: AwsSimulator;
let agent: Server;
let folder: string;
let vpc: string;
const askedOfAgent: (string | undefined)[] = [];

beforeAll(async () => {
  aws = await startAws();
  ({ vpc } = await arrangeNetwork(aws));
  folder = await mkdtemp(join(tmpdir(), "fairlead-credentials-"));
  const settings = { region: aws.region, vpc };
  const cls = {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancerClass",
    metadata: { name: "nlb" },
    spec: { provider: "aws", settings },
  };
  await writeFile(join(folder, "class.json"), JSON.stringify(cls));
  await writeFile(join(folder, "token"), "a-token");
  const keys = "aws_access_key_id = base\naws_secret_access_key = simulated";
  await writeFile(
    join(folder, "config"),
    `[profile base]\n${keys}\n[profile fairlead]\nrole_arn = ${role}\nsource_profile = base\n`,
  );
  agent = createServer((request, response) => {
    askedOfAgent.push(request.headers.authorization);
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ AccessKeyId: "pod", SecretAccessKey: "simulated", Token: "session", Expiration }),
    );
  });
  await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
}, patienceMs);

afterAll(async () => {
  agent.close();
  await rm(folder, { recursive: true });
  await aws.stop();
});

/** What `fairlead facts` says of the class, with nothing else in its environment. */
async function facts(env: Record<string, string>): Promise<string> {
  const { PATH = "" } = process.env;
  const args = ["--disable-warning=ExperimentalWarning", "src/cli/main.ts", "facts", "--class", "nlb"];
  const given = ["-f", join(folder, "class.json"), "--cluster-uid", "u1"];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...given], {
    cwd: root,
    env: { PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL: aws.endpoint, ...env },
  });
  return stdout;
}

test(
  "Pod Identity: from the agent on the node, with the token of the pod",
  async () => {
    const { port } = agent.address() as AddressInfo;
    const found = await facts({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, "token"),
    });
    expect(found).toContain(vpc);
    expect(askedOfAgent).toEqual(["a-token"]);
  },
  patienceMs,
);

test(
  "IRSA: by the token of the ServiceAccount, at the STS that the environment names",
  async () => {
    const found = await facts({
      AWS_ROLE_ARN: role,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
      AWS_REGION: aws.region,
      // Asked without a signature, which the proxy in front would miss.
      AWS_ENDPOINT_URL_STS: aws.motoEndpoint,
    });
    expect(found).toContain(vpc);
  },
  patienceMs,
);

test(
  "a profile takes on its role",
  async () => {
    aws.clearCalls();
    const found = await facts({ AWS_CONFIG_FILE: join(folder, "config"), AWS_PROFILE: "fairlead" });
    expect(found).toContain(vpc);
    expect(aws.calls[0]).toMatchObject({ service: "sts", operation: "AssumeRole", status: 200 });
  },
  patienceMs,
);

test(
  "without any, the message says what is missing",
  async () => {
    aws.clearCalls();
    await expect(facts({})).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /CredentialsProviderError.*the credentials in use have to be valid and to allow ec2:Describe/s,
      ),
    });
    expect(aws.calls).toEqual([]);
  },
  patienceMs,
);
