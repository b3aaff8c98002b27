/** What the documentation shows can be applied, and what it points at is there. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { interpret } from "../../src/cli/manifests/interpret.ts";
import { bundledProviders } from "../../src/cli/providers.ts";
import { findProblems } from "../../src/cli/validate/check.ts";

const root = join(import.meta.dirname, "../..");
const files = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map(
  (path) => `docs/${path}`,
);
const pages = ["README.md", ...files.filter((path) => path.endsWith(".md"))].map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Code shows what is written there, and no links. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

test.each(pages)("links of $path lead somewhere", ({ path, text }) => {
  const broken = linksOf(text).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), "utf8")).includes(anchor);
  });
  expect(broken).toEqual([]);
});

const manifests = pages.flatMap(({ path, text }) => {
  const blocks = [...text.matchAll(/^( *)```yaml\n(.*?)^ *```/gms)].map(([, indent = "", block = ""]) =>
    block.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
  const found = blocks.filter((block) => /^apiVersion:/m.test(block));
  return found.length === 0 ? [] : [{ path, text: found.join("---\n") }];
});

test.each(manifests)("manifests of $path are valid, and their annotations are known", ({ path, text }) => {
  const documents = parseAllDocuments(text).map((each): unknown => each.toJS());
  const read = interpret(
    documents.map((value, index) => ({ file: path, document: index + 1, line: 1, value })),
    "default",
  );
  expect(findProblems(read, bundledProviders())).toEqual([]);
});

test("what the pages point at is in the package, but for the sources and their tests", () => {
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
  const folders = pages.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((link) => !/^(https?:|#)/.test(link))
      .map((link) => join(dirname(path), link.split("#")[0] ?? "").split("/")[0] ?? ""),
  );
  const pointed = [...new Set(folders)].filter((folder) => statSync(join(root, folder)).isDirectory());
  expect(pointed).toContain("examples");
  expect(files).toEqual(expect.arrayContaining(pointed.filter((folder) => !/^(src|test)$/.test(folder))));
});

test("the guides to AWS are among those", () => {
  expect(manifests.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["README.md", "docs/adoption.md", "docs/aws.md"]),
  );
});

test("policies are JSON that IAM can read", () => {
  for (const { text } of pages)
    for (const [, block = ""] of text.matchAll(/^```json\n(.*?)^```/gms))
      expect(JSON.parse(block)).toMatchObject({ Version: "2012-10-17", Statement: expect.anything() });
});
