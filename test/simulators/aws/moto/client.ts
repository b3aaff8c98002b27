/** How the proxy talks to moto. */
import { Agent, request } from "node:http";
import { AwsError } from "../wire/aws-error.ts";
import { type Fields, type Flat, flatten, type Parameters } from "../wire/query.ts";
import { readXml } from "../wire/xml.ts";

export const region = "us-west-2";
export const account = "123456789012";

export interface HttpMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Moto {
  /** A call in a query protocol; gives the content of the answer, of ELB what is in its Result element. */
  elb(operation: string, parameters?: Parameters): Promise<Fields>;
  ec2(operation: string, parameters?: Flat): Promise<Fields>;
  iam(operation: string, parameters?: Flat): Promise<Fields>;
  /** A call in ACM's JSON protocol. */
  acm(operation: string, parameters: object): Promise<object>;
  /** Passes a request on as it came. */
  pass(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpMessage>;
  reset(): Promise<void>;
  close(): void;
}

const versions = { elasticloadbalancing: "2015-12-01", ec2: "2016-11-15", iam: "2010-05-08" };
type QueryService = keyof typeof versions;

export function motoClient(endpoint: string): Moto {
  const agent = new Agent({ keepAlive: true });

  async function query(service: QueryService, operation: string, parameters: Flat): Promise<Fields> {
    const form = new URLSearchParams({
      Action: operation,
      Version: versions[service],
      ...toMoto(parameters),
    });
    const headers = { ...signed(service), "content-type": "application/x-www-form-urlencoded" };
    const answer = await send("/", headers, Buffer.from(form.toString()));
    return readXml(fromMoto(orThrow(operation, answer)));
  }

  function send(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpMessage> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, endpoint), { method: "POST", agent, headers }, (received) => {
        const parts: Buffer[] = [];
        received.on("data", (part: Buffer) => parts.push(part));
        received.on("error", reject);
        received.on("end", () =>
          resolve({
            status: received.statusCode ?? 0,
            headers: { "content-type": received.headers["content-type"] ?? "text/xml" },
            body: Buffer.concat(parts),
          }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  return {
    async elb(operation, parameters = {}) {
      const answer = await query("elasticloadbalancing", operation, flatten(parameters));
      const result = answer[`${operation}Result`];
      return typeof result === "object" && !Array.isArray(result) ? (result as Fields) : {};
    },
    ec2: (operation, parameters = {}) => query("ec2", operation, parameters),
    iam: (operation, parameters = {}) => query("iam", operation, parameters),
    async acm(operation, parameters) {
      const headers = {
        ...signed("acm"),
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `CertificateManager.${operation}`,
      };
      const answer = await send("/", headers, Buffer.from(JSON.stringify(parameters)));
      return JSON.parse(orThrow(operation, answer)) as object;
    },
    pass: (path, headers, body) => send(path, headers, body),
    async reset() {
      orThrow("reset", await send("/moto-api/reset", {}, Buffer.alloc(0)));
    },
    close: () => agent.destroy(),
  };
}

/** moto reads service and region from the scope of a signature, which it does not check. */
function signed(service: string): Record<string, string> {
  const scope = `20260101/${region}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=proxy/${scope}, SignedHeaders=host, Signature=0` };
}

function orThrow(operation: string, answer: HttpMessage): string {
  const text = answer.body.toString();
  if (answer.status < 300) return text;
  throw errorIn(operation, answer.status, text);
}

/** The error of an answer; one without any, as moto gives for what it lacks, is what AWS says of unknown actions. */
export function errorIn(operation: string, status: number, text: string): AwsError {
  const code =
    /<Code>(?<code>[^<]+)<\/Code>/.exec(text)?.groups?.code ??
    /"__type":\s*"(?<code>[^"]+)"/.exec(text)?.groups?.code;
  const message = /<Message>(?<message>[^<]*)<\/Message>/.exec(text)?.groups?.message ?? "";
  if (code !== undefined) return new AwsError(code, message, status);
  return new AwsError("InvalidAction", `The action ${operation} is not valid for this web service.`);
}

// ELB's Resource types, "Network Load Balancer ARN": /net/. moto names every load balancer as an ALB.
const ours = /:(loadbalancer|listener|listener-rule)\/net\//g;
const motos = /:(loadbalancer|listener|listener-rule)\/app\//g;

function toMoto(parameters: Flat): Flat {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, value.replace(ours, ":$1/app/")]),
  );
}

function fromMoto(text: string): string {
  return text.replace(motos, ":$1/net/");
}
