import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/**
 * Lets esbuild leave out the schemas of operations that are not used, which for EC2 are nearly all. Their object literals have computed keys
 * that name constants of the same file; esbuild keeps those, for computing a key may do something. Here each such key becomes the text it stands for.
 */
export const schemaKeys: Plugin = {
  name: "schema-keys",
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk\/client-[a-z0-9-]+\/dist-es\/schemas\/schemas_\d+\.js$/ },
      async (file) => {
        const source = await readFile(file.path, "utf8");
        const texts = new Map(
          [...source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, text]) => [name, text]),
        );
        const contents = source.replaceAll(/\[(_\w+)\]:/g, (key, name: string) => {
          const text = texts.get(name);
          return text === undefined ? key : `${text}:`;
        });
        return { contents, loader: "js" };
      },
    );
  },
};
