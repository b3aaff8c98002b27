/** Finds everything that a TypeScript file imports: values and types, static and dynamic, re-exports, `import()` types, `require`. */
import { parseSync } from "@swc/core";

/** One import as it is written. */
export interface Imported {
  /** The specifier. */
  readonly name: string;
  /** `value`: loaded with the file. `type`: gone after compiling. `later`: loaded when the line runs. */
  readonly kind: "value" | "type" | "later";
}

interface Node {
  readonly type?: string;
  readonly [key: string]: unknown;
}

/** @throws when the text is no TypeScript */
export function importsOf(text: string): Imported[] {
  const found: Imported[] = [];
  visit(parseSync(text, { syntax: "typescript", decorators: true }) as unknown as Node, found);
  return found;
}

function visit(node: unknown, found: Imported[]): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, found);
  } else if (typeof node === "object" && node !== null) {
    const imported = importIn(node as Node);
    if (imported !== undefined) found.push(imported);
    for (const child of Object.values(node)) visit(child, found);
  }
}

function importIn(node: Node): Imported | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return named(node.source, node.typeOnly === true ? "type" : "value");
    case "TsImportType":
      return named(node.argument, "type");
    case "TsExternalModuleReference":
      return named(node.expression, "value");
    case "CallExpression":
      return called(node.callee as Node, (node.arguments as { expression: Node }[])[0]?.expression);
    default:
      return undefined;
  }
}

function called(callee: Node, argument: unknown): Imported | undefined {
  if (callee.type === "Import") return named(argument, "later");
  if (callee.type === "Identifier" && callee.value === "require") return named(argument, "value");
  return undefined;
}

/** Nothing for a name that is computed while running: it can't be told from here. */
function named(source: unknown, kind: Imported["kind"]): Imported | undefined {
  const literal = source as Node | null | undefined;
  if (literal?.type === "StringLiteral") return { name: String(literal.value), kind };
  if (literal?.type !== "TemplateLiteral" || (literal.expressions as unknown[]).length > 0) return undefined;
  const [only] = literal.quasis as { cooked?: string; raw: string }[];
  return only === undefined ? undefined : { name: only.cooked ?? only.raw, kind };
}
