/** Reads what an HTTP request asks of AWS. */
import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "./aws-error.ts";
import type { Flat } from "./query.ts";

export interface AwsRequest {
  readonly service: string;
  readonly region: string;
  /** Id of the access key that signed it. */
  readonly accessKey: string;
  readonly operation: string;
  readonly parameters: Flat;
}

/** Service and region come from the scope of the signature, as moto reads them too. */
export function readRequest(headers: IncomingHttpHeaders, body: Buffer): AwsRequest {
  const scope = /Credential=(?<accessKey>[^/]+)\/\d+\/(?<region>[^/]+)\/(?<service>[^/]+)\//.exec(
    headers.authorization ?? "",
  );
  if (scope?.groups === undefined)
    throw new AwsError(
      "MissingAuthenticationToken",
      "The request must contain a signature of version 4",
      403,
    );
  const { region = "", service = "", accessKey = "" } = scope.groups;
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const operation = target.split(".").at(-1) ?? "";
    return { service, region, accessKey, operation, parameters: jsonParameters(body) };
  }
  const { Action = "", Version: _, ...parameters } = Object.fromEntries(new URLSearchParams(body.toString()));
  return { service, region, accessKey, operation: Action, parameters };
}

function jsonParameters(body: Buffer): Flat {
  const fields = JSON.parse(body.toString() || "{}") as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
