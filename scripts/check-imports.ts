/** Fails when something under `src` imports what it may not. */
import { forbiddenImports } from "./lint/import-directions.ts";

const found = forbiddenImports("src");
for (const line of found) console.error(`src/${line}`);
console.error(`Import directions: ${found.length === 0 ? "in order" : `${found.length} forbidden`}`);
process.exitCode = found.length === 0 ? 0 : 1;
