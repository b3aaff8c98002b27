/** The file that FRR reads when it starts: a restarted FRR then has the routes again before the agent has looked. */
import { chown, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** As FRR's own tools leave it: it has passwords in it. */
const MODE = 0o640;

/**
 * Replaces the file in one go, unless it says the same already. It gets the group of its folder, so that FRR can read it.
 *
 * @throws the error of the file system.
 */
export async function writeConfigFile(path: string, text: string): Promise<void> {
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present === text) return;
  const draft = `${path}.fairlead`;
  await rm(draft, { force: true });
  const { gid } = await stat(dirname(path));
  const file = await open(draft, "wx", MODE);
  try {
    await file.chmod(MODE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  // Only a member of that group may give the file to it; a set-group-ID folder does it by itself.
  await chown(draft, -1, gid).catch((error: unknown) => {
    if (!(Error.isError(error) && "code" in error && error.code === "EPERM")) throw error;
  });
  await rename(draft, path);
}
