/** A program: fetches a page many times, over a connection of its own each time, and prints which servers have answered: `fetch-often.ts URL TIMES`. */
import { get } from "node:http";
import { text } from "node:stream/consumers";

const [url = "", times = ""] = process.argv.slice(2);
const names = new Set<string>();
for (let at = 0; at < Number(times); at++) names.add((await fetchPage()).split(" ")[0] ?? "");
process.stdout.write([...names].sort().join(" "));

function fetchPage(): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, timeout: 2_000 }, (response) => resolve(text(response)))
      .on("timeout", () => reject(new Error("no answer in time")))
      .on("error", reject);
  });
}
