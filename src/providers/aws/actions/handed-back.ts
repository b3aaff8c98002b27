/** What was handed back keeps its name: the next one gets a name that says whose place it could not have, the same at each try. */
import { NameTaken } from "./writes.ts";

/** `replaces`: what the name is made of besides (`Naming.replaces`). */
export async function besideHandedBack<T>(
  replaces: readonly string[],
  create: (replaces: readonly string[]) => Promise<T>,
): Promise<T> {
  try {
    return await create(replaces);
  } catch (error) {
    if (!(error instanceof NameTaken) || error.isMarked || replaces.includes(error.by)) throw error;
    return besideHandedBack([...replaces, error.by], create);
  }
}
