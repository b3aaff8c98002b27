/** Kinds of values that several settings of AWS have: ids, ARNs, ports, tags. */

// The namespace, not `{ z }`: a bundle then leaves out what is not used, which is most of zod.
import * as z from "zod";
import { formatAddress, type IPFamily, parseAddress } from "../../../core/ip/address.ts";
import { parseRange } from "../../../core/ip/range.ts";

/** A list without repetition. */
export function listOf<S extends z.ZodType<string | number>>(entry: S, most: number) {
  return z
    .array(entry)
    .min(1)
    .max(most)
    .refine((list) => new Set(list).size === list.length, "must not have the same entry twice");
}

export const text = (pattern: RegExp, wanted: string) => z.string().regex(pattern, `must be ${wanted}`);

/** The id of something in EC2, such as `subnet-0a1b2c3d`. */
export const idOf = (kind: string) =>
  text(new RegExp(`^${kind}-[0-9a-f]{1,32}$`), `an id that begins with ${kind}-`);

/** An id, or the value of the tag `Name`. */
export const idOrName = (kind: string) =>
  text(
    new RegExp(`^(${kind}-[0-9a-f]{1,32}|(?!${kind}-)[\\p{L}\\p{N} _.:/=+@-]{1,256})$`, "u"),
    `an id that begins with ${kind}-, or the value of a tag Name`,
  );

export const certificateArn = text(
  /^arn:[a-z0-9-]+:(acm|iam):[a-z0-9-]*:[0-9]{12}:(certificate|server-certificate)\/[A-Za-z0-9+=,.@_/-]{1,512}$/,
  "the ARN of a certificate in ACM or IAM",
);

export const targetGroupArn = text(
  /^arn:[a-z0-9-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{1,32}$/,
  "the ARN of a target group",
);

/** An address in canonical text (RFC 5952). */
export function addressOf(family: IPFamily) {
  return z
    .string()
    .max(64)
    .refine((value) => readAddress(value, family) !== undefined, `must be an ${family} address`)
    .transform((value) => readAddress(value, family) ?? value);
}

function readAddress(value: string, family: IPFamily): string | undefined {
  const parsed = parseAddress(value);
  return parsed.ok && parsed.address.family === family ? formatAddress(parsed.address) : undefined;
}

export const cidr = z
  .string()
  .max(64)
  .refine(
    (value) => value.includes("/") && parseRange(value).ok,
    "must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64",
  );

const PORT_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const portNumber = z.int().min(1).max(65_535);

const SERVICE_PORT = "must be the name or the number of a port of the Service";

/** A port of the Service: its name or its number, as text. */
export const servicePort = z
  .union([portNumber, z.string().refine(isServicePort, SERVICE_PORT)], { error: SERVICE_PORT })
  .transform(String)
  .meta({ "x-kubernetes-int-or-string": true });

export function isServicePort(value: string): boolean {
  return /^[0-9]+$/.test(value) ? isPort(value) : PORT_NAME.test(value);
}

export function isPort(value: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(value) && Number(value) <= 65_535;
}

export const portNumbers = listOf(portNumber, 50);

/** TCP-80: the protocol and the port of a listener, as the keys of some annotations end. */
export const LISTENER_KEY = /^(TCP|UDP|TLS|TCP_UDP|QUIC|TCP_QUIC)-([1-9][0-9]{0,4})$/;

/** "Tag naming limits and requirements" of AWS; 50 a resource, some of which are ours. */
const MOST_TAGS = 40;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;

/** Tags. `reserved`: beginnings of keys that are not to be given. */
export function tagsWithout(reserved: readonly string[]) {
  return z.record(z.string(), z.string()).superRefine((tags, context) => {
    const keys = Object.keys(tags);
    if (keys.length > MOST_TAGS) {
      context.addIssue({ code: "custom", message: `must have at most ${MOST_TAGS} tags` });
      return;
    }
    for (const key of keys) {
      const message = tagProblem(key, tags[key] ?? "", reserved);
      if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
    }
  });
}

function tagProblem(key: string, value: string, reserved: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const taken = reserved.find((beginning) => lower.startsWith(beginning));
  if (taken !== undefined)
    return `must have another key: tags that begin with ${taken} say who owns a resource`;
  if (key.length < 1 || key.length > 128 || !TAG_TEXT.test(key))
    return "must have a key of 1 to 128 letters, digits, spaces and _.:/=+-@";
  if (value.length > 256 || !TAG_TEXT.test(value))
    return "must be at most 256 letters, digits, spaces and _.:/=+-@";
  return undefined;
}
