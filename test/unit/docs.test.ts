/** What the documentation shows can be applied, and what it points at is there. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

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

test.each(manifests)("manifests of $path are valid, and their annotations are known", async ({ text }) => {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-docs-"));
  try {
    const file = join(directory, "all.yaml");
    await writeFile(file, text);
    const args = ["--disable-warning=ExperimentalWarning", "src/cli/main.ts", "validate", "-f", file];
    const output = await promisify(execFile)(process.execPath, args, { cwd: root }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );
    expect(output).toMatch(/^[1-9]\d* objects? of use.*: no problems\n$/);
  } finally {
    await rm(directory, { recursive: true });
  }
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
