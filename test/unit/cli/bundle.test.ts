/** What the built command loads at once, and what only when it is needed. */
import { beforeAll, expect, test } from "@jest/globals";
import type { Metafile } from "esbuild";
import { bundle } from "../../../scripts/build/bundle.ts";

type Outputs = Metafile["outputs"];

let outputs: Outputs;
beforeAll(async () => {
  ({
    metafile: { outputs },
  } = await bundle({ outdir: "dist/bin", write: false }));
}, 120_000);

/** Inputs that are loaded together with one of these outputs, as paths. */
function loadedWith(...entries: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const inputs = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (output === undefined || seen.has(path)) return;
    seen.add(path);
    for (const input of Object.keys(output.inputs)) inputs.add(input);
    for (const { path: next, kind } of output.imports) if (kind === "import-statement") visit(next);
  };
  for (const entry of entries) visit(entry);
  return inputs;
}

/** Outputs that are loaded by themselves: the command, and what it loads later. */
function entries(): { readonly path: string; readonly entryPoint: string }[] {
  return Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [{ path, entryPoint }],
  );
}

const isSdk = (input: string) => /node_modules\/@(?:aws-sdk|smithy|aws-crypto)\//.test(input);

test("the SDK of AWS is loaded by the one module that talks to AWS, and by no command before", () => {
  const sdk = "src/providers/aws/sdk.ts";
  const loading = entries().filter(({ path }) => [...loadedWith(path)].some(isSdk));
  const ofOurs = loading.map(({ entryPoint }) => entryPoint).filter((entry) => entry.startsWith("src/"));
  expect(ofOurs).toEqual([sdk]);
});

test("of the schemas of EC2, which are for some 700 operations, only those that are used are in it", () => {
  const [bytes = 0] = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([input, { bytesInOutput }]) =>
      input.includes("client-ec2/dist-es/schemas/") ? bytesInOutput : [],
    ),
  );
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(100_000);
});

test.each(["src/cli/main.ts", "src/cli/controller/run.ts", "src/cli/status/run.ts", "src/cli/plan/run.ts"])(
  "%s begins without it",
  (entryPoint) => {
    const { path = "" } = entries().find((each) => each.entryPoint === entryPoint) ?? {};
    const inputs = [...loadedWith(path)];
    expect(inputs).toContain(entryPoint);
    expect(inputs.filter(isSdk)).toEqual([]);
    expect(inputs.filter((input) => input.includes("@kubernetes/client-node"))).toEqual([]);
  },
);

test("the command alone loads the definitions of the others, and nothing that they need to run", () => {
  const { path = "" } = entries().find(({ entryPoint }) => entryPoint === "src/cli/main.ts") ?? {};
  const heavy = [...loadedWith(path)].filter((input) =>
    /\/run\.ts$|node_modules\/(?!commander\/)/.test(input),
  );
  expect(heavy).toEqual([]);
});

test("the network thread loads what is small and its own", () => {
  const { path = "" } = entries().find(({ entryPoint }) => entryPoint?.endsWith("/network-thread.ts")) ?? {};
  const inputs = [...loadedWith(path)];
  const expected = /^src\/(?:agent\/(?:heartbeat|layer2|linux|protocol|thread)|core)\//;
  expect(inputs).toContain("src/agent/thread/loop.ts");
  expect(inputs.filter((input) => !expected.test(input))).toEqual([]);
});
