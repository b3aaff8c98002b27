/** The facts file: what was read of clouds, to be planned by without them. */

import { z } from "zod";
import { describeProblem, problemsOf } from "../../api/problems.ts";
import type { KnownClouds } from "../../controllers/offline/cloud-view.ts";
import { parseDocuments, readBounded } from "../read-yaml.ts";
import { UserError } from "../user-error.ts";

const resource = z.looseObject({
  id: z.string(),
  kind: z.string(),
  cloudId: z.string(),
  fields: z.record(z.string(), z.json()),
  dependsOn: z.array(z.string()),
  ours: z.boolean(),
});
const byStack = z.record(z.string(), z.array(resource));

const file = z.strictObject({
  clusterUid: z.string().min(1).optional(),
  classes: z.record(
    z.string(),
    z.strictObject({ facts: z.json(), observed: byStack.optional(), shared: byStack.optional() }),
  ),
});

/** @throws UserError when it can't be read, or is no facts file. */
export async function readFactsFile(path: string): Promise<KnownClouds> {
  const documents = await parseDocuments(await readBounded(path));
  const failed = documents.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new UserError(`Cannot read ${path}: ${failed.error}`);
  const [first, ...others] = documents;
  if (first === undefined || others.length > 0) {
    throw new UserError(`Cannot read ${path}: a facts file is one document`, advice);
  }
  const parsed = file.safeParse(first.value);
  if (parsed.success) return parsed.data as KnownClouds;
  const problems = problemsOf(parsed.error, first.value, {}).map(describeProblem);
  throw new UserError(`Cannot read ${path}: ${problems.join("; ")}`, advice);
}

const advice = "Write one with: fairlead facts --class CLASS --observed > FILE";
