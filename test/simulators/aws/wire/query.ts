/** The parameters of AWS's query protocols: flat names over the wire, a tree in the code. */

/** A value of a request or an answer: everything is text until somebody wants it otherwise. */
export type Tree = string | readonly Tree[] | { readonly [name: string]: Tree };
export type Flat = Readonly<Record<string, string>>;
export type Fields = { readonly [name: string]: Tree };

/** `A.member.1.B=c` (ELB) and `A.1.B=c` (EC2) both become `{ A: [{ B: "c" }] }`. */
export function unflatten(flat: Flat): Fields {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const path = name.split(".").filter((part) => part !== "member");
    let at = root;
    for (const part of path.slice(0, -1)) {
      const next = at[part];
      at[part] = typeof next === "object" ? next : {};
      at = at[part] as Record<string, unknown>;
    }
    at[path.at(-1) ?? ""] = value;
  }
  return listed(root) as Fields;
}

/** Objects whose names are all numbers are lists. */
function listed(value: unknown): Tree {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([name, inner]) => [name, listed(inner)] as const);
  if (entries.length === 0 || entries.some(([name]) => !/^\d+$/.test(name)))
    return Object.fromEntries(entries);
  return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, inner]) => inner);
}

/** What a request is made from. */
export type Parameter = string | number | boolean | undefined | readonly Parameter[] | Parameters;
export type Parameters = { readonly [name: string]: Parameter };

/** The opposite of `unflatten` for ELB; `undefined` values are left out. */
export function flatten(fields: Parameters, prefix = ""): Flat {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    const path = `${prefix}${name}`;
    if (value === undefined) continue;
    if (isParameterList(value))
      for (const [index, inner] of value.entries())
        Object.assign(flat, flatten({ [`member.${index + 1}`]: inner }, `${path}.`));
    else if (typeof value === "object") Object.assign(flat, flatten(value, `${path}.`));
    else flat[path] = String(value);
  }
  return flat;
}

function isParameterList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}

export function textOf(fields: Tree | undefined, name: string): string | undefined {
  const value = isFields(fields) ? fields[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** The list of that name; an empty one also when it is not there. */
export function listOf(fields: Tree | undefined, name: string): readonly Tree[] {
  const value = isFields(fields) ? fields[name] : undefined;
  return isList(value) ? value : [];
}

export function textsOf(fields: Tree | undefined, name: string): readonly string[] {
  return listOf(fields, name).filter((value) => typeof value === "string");
}

export function fieldsOf(fields: Tree | undefined, name: string): Fields {
  const value = isFields(fields) ? fields[name] : undefined;
  return isFields(value) ? value : {};
}

function isList(value: Tree | undefined): value is readonly Tree[] {
  return Array.isArray(value);
}

function isFields(value: Tree | undefined): value is Fields {
  return typeof value === "object" && !Array.isArray(value);
}
