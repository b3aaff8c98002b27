/** How an annotation of AWS is declared: once, for the reader, the checks and the reference. */
import type * as z from "zod";
import { problemsOf } from "../../../api/problems.ts";
import { quote } from "../../../core/quote.ts";
import type { AnnotationEntry, Parsed, Target } from "../../../core/translate/annotations.ts";
import type { VariablePart } from "../../../core/translate/variable-keys.ts";
import { type ReadText, refused } from "./texts.ts";

export interface AwsAnnotation extends AnnotationEntry {
  /** What its value may be, as it follows "wanted:". */
  readonly value: string;
  /** What the AWS Load Balancer Controller or the cloud controller of AWS make of it, where that is something else. */
  readonly differs?: string;
}

/** The texts of an entry, all of which the reference shows. */
export type Documented = Pick<AwsAnnotation, "value" | "description" | "default" | "onChange"> &
  Partial<Pick<AwsAnnotation, "differs" | "insteadUse" | "maxLength">> & { readonly variable?: VariablePart };

export const PREFIX = "service.beta.kubernetes.io/";
export const NLB_PREFIX = `${PREFIX}aws-load-balancer-`;

export const IN_PLACE = "changed in place; taken off, the default holds again";
export const REPLACES_LOAD_BALANCER =
  "another load balancer with another DNS name takes its place: waits for `fairlead.io/acknowledge-replacement`";
export const REPLACES_TARGET_GROUPS =
  "new target groups are filled before the listeners move to them; the old ones go last";

/** A setting: its text is read by `read`, and what comes out is checked as in a LoadBalancer written by hand. */
export function setting(
  key: string,
  sets: Target,
  [read, schema]: readonly [ReadText, z.ZodType],
  documented: Documented,
): AwsAnnotation {
  return { key, sets, parse: (text) => parse(text, read, schema, documented.value), ...documented };
}

function parse(text: string, read: ReadText, schema: z.ZodType, wanted: string): Parsed<unknown> {
  const value = read(text);
  if (!value.ok) return refused(wanted, value.why);
  if (value.value === undefined) return { ok: true, value: undefined };
  const checked = schema.safeParse(value.value);
  if (checked.success) return { ok: true, value: checked.data };
  const [problem] = problemsOf(checked.error, value.value, {});
  return refused(wanted, problem === undefined ? undefined : whyNot(problem));
}

function whyNot({ field, found, message }: ReturnType<typeof problemsOf>[number]): string {
  if (field === "") return message;
  // An entry of a list is known by what it is, one of a map by its key.
  if (/^\[[0-9]+\]$/.test(field) && (typeof found === "string" || typeof found === "number"))
    return `${quote(String(found))} ${message}`;
  return `${field.replace(/^\[(.*)\]$/, "$1")} ${message}`;
}

/** A key of the Classic Load Balancer: known, without effect, and told so. */
export function withoutEffect(key: string, instead: string, description: string): AwsAnnotation {
  return {
    key,
    sets: "none",
    value: "anything",
    parse: () => ({ ok: true, value: undefined, note: `has no effect: ${instead}` }),
    description: `${description} For Classic Load Balancers only: no effect, and a warning.`,
    default: "none",
    onChange: "nothing",
    differs: "The AWS Load Balancer Controller ignores it silently.",
  };
}
