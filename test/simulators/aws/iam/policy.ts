/** Whether IAM policies allow one action on one resource. Pure; knows the forms that the policies of Fairlead have, and refuses others aloud. */

export interface IamStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string;
  /** By operator, by key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface IamPolicy {
  readonly Statement: readonly IamStatement[];
}

/** One thing that has to be allowed, for a call to be. */
export interface Check {
  /** `ec2:CreateTags` */
  readonly action: string;
  /** Its ARN, or "*" for actions that know no resources. */
  readonly resource: string;
  /** Condition keys: `aws:RequestTag/…`, `aws:ResourceTag/…`, `ec2:CreateAction`. */
  readonly context: Readonly<Record<string, string>>;
}

export function isAllowed(policies: readonly IamPolicy[], check: Check): boolean {
  return policies.some(({ Statement }) => Statement.some((statement) => covers(statement, check)));
}

function covers({ Action, Resource, Condition = {} }: IamStatement, check: Check): boolean {
  if (!Action.includes(check.action) || !matches(Resource, check.resource)) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, check.context[key], [wanted].flat())),
  );
}

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  if (operator === "Null") return String(value === undefined) === wanted[0];
  if (operator === "StringEquals") return value !== undefined && wanted.includes(value);
  throw new Error(`The simulator does not know the condition operator ${operator}`);
}

function matches(pattern: string, resource: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(resource);
}
