/** Answers a call as AWS would: by an operation of our own, or by moto's. */
import { ec2Operation } from "./ec2/operations.ts";
import { elbOperation } from "./elb/operations.ts";
import { authorize } from "./iam/authorize.ts";
import { errorIn, type HttpMessage, region } from "./moto/client.ts";
import type { World } from "./state.ts";
import { AwsError } from "./wire/aws-error.ts";
import { type Flat, unflatten } from "./wire/query.ts";
import type { AwsRequest } from "./wire/request.ts";
import { ec2Answer, elbAnswer, errorAnswer } from "./wire/xml.ts";

export interface Incoming {
  readonly request: AwsRequest;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Gives an answer for every call, refusals too. */
export async function perform(world: World, incoming: Incoming): Promise<HttpMessage> {
  const { request } = incoming;
  try {
    if (request.region !== region)
      throw new AwsError(
        "SignatureDoesNotMatch",
        `Credential should be scoped to a valid region: ${region}`,
        403,
      );
    await authorize(world, request);
    if (request.service === "elasticloadbalancing") return await performElb(world, request);
    return request.service === "ec2" ? await performEc2(world, incoming) : await pass(world, incoming);
  } catch (error) {
    if (error instanceof AwsError) return refusal(request.service, error);
    throw error;
  }
}

async function performElb(world: World, { operation, parameters }: AwsRequest): Promise<HttpMessage> {
  const perform = elbOperation(operation);
  if (perform === undefined) throw unknownAction(operation);
  return xml(200, elbAnswer(operation, await perform(world, unflatten(parameters))));
}

async function performEc2(world: World, incoming: Incoming): Promise<HttpMessage> {
  const { operation, parameters } = incoming.request;
  const corrected = ec2Operation(operation);
  if (corrected === undefined) return pass(world, incoming);
  const forward = (flat: Flat) => world.moto.ec2(operation, flat);
  return xml(200, ec2Answer(operation, await corrected(world, unflatten(parameters), parameters, forward)));
}

/** An error of moto stays as it is; HTML, which it gives for what it lacks, becomes an error. */
async function pass(world: World, { request, path, headers, body }: Incoming): Promise<HttpMessage> {
  const answer = await world.moto.pass(path, headers, body);
  const isHtml = /^\s*<(!doctype )?html/i.test(answer.body.toString("utf8", 0, 100));
  return answer.status >= 400 && isHtml ? refusal(request.service, unknownAction(request.operation)) : answer;
}

function unknownAction(operation: string): AwsError {
  return errorIn(operation, 400, "");
}

/** An error in the form of its service. */
export function refusal(service: string, error: AwsError): HttpMessage {
  if (service === "ec2") return xml(error.status, errorAnswer("ec2", error.code, error.message));
  if (service !== "acm") return xml(error.status, errorAnswer("elb", error.code, error.message));
  const body = JSON.stringify({ __type: error.code, message: error.message });
  return {
    status: error.status,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: Buffer.from(body),
  };
}

function xml(status: number, text: string): HttpMessage {
  return { status, headers: { "content-type": "text/xml;charset=UTF-8" }, body: Buffer.from(text) };
}
