/** Answers of AWS's query protocols, as XML and as trees in which `member` and `item` elements are lists. */
import { parseXML, XmlNode, XmlText } from "@aws-sdk/xml-builder";
import type { Fields, Tree } from "./query.ts";

/** What an answer is written from: `undefined` is left out, an empty list is an empty element. */
export type Shape =
  | string
  | number
  | boolean
  | undefined
  | readonly Shape[]
  | { readonly [name: string]: Shape };

/** Each service has its own element for the entries of a list, and for its errors. */
export type Dialect = "elb" | "ec2";

const requestId = "3f1e5c9a-0000-4000-8000-000000000000";

/** The content of the root element. */
export function readXml(text: string): Fields {
  const root = Object.values(parseXML(text))[0];
  const tree = simplify(root);
  return typeof tree === "object" && !Array.isArray(tree) ? (tree as Fields) : {};
}

function simplify(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const entries = Object.entries(value).filter(([name]) => name !== "xmlns" && name !== "#text");
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (only[0] === "member" || only[0] === "item"))
    return Array.isArray(only[1]) ? only[1].map(simplify) : [simplify(only[1])];
  return Object.fromEntries(entries.map(([name, inner]) => [name, simplify(inner)]));
}

/** A good answer of ELB. */
export function elbAnswer(operation: string, result: Shape): string {
  return document(`${operation}Response`, "elb", {
    [`${operation}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  });
}

/** A good answer of EC2, from its fields, or from what moto answered and was mended. */
export function ec2Answer(operation: string, fields: { readonly [name: string]: Shape }): string {
  return document(`${operation}Response`, "ec2", { requestId, ...fields });
}

export function errorAnswer(dialect: Dialect, code: string, message: string): string {
  const error = { Code: code, Message: message };
  return dialect === "ec2"
    ? document("Response", "ec2", { Errors: { Error: error }, RequestID: requestId })
    : document("ErrorResponse", "elb", { Error: { Type: "Sender", ...error }, RequestId: requestId });
}

function document(root: string, dialect: Dialect, content: { readonly [name: string]: Shape }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content, dialect).toString()}`;
}

function element(name: string, value: Shape, dialect: Dialect): XmlNode {
  const node = new XmlNode(name);
  if (value === undefined) return node;
  if (Array.isArray(value))
    for (const entry of value as readonly Shape[])
      node.addChildNode(element(dialect === "ec2" ? "item" : "member", entry, dialect));
  else if (typeof value === "object")
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== undefined) node.addChildNode(element(key, inner as Shape, dialect));
    }
  else if (value !== "") node.addChildNode(new XmlText(String(value)));
  return node;
}
