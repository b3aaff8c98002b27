/** Tables as kubectl prints them: columns as wide as they must be, three spaces between, headings in capitals. */

import type { Paint, Tone } from "./paint.ts";
import { printable } from "./printable.ts";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export type Row = readonly (string | Cell)[];

/** Empty cells show `-`. No line ends with spaces, and the last column is not padded. */
export function table(headings: readonly string[], rows: readonly Row[], paint: Paint): string {
  const cells = rows.map((row) => row.map(asCell));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.text.length ?? 0)),
  );
  const line = (row: readonly Cell[]) =>
    row
      .map(({ text, tone }, column) => {
        const padded = column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0);
        return tone === undefined ? padded : paint(tone, padded);
      })
      .join("   ");
  return [headings.map((text) => ({ text })), ...cells].map(line).join("\n");
}

function asCell(cell: string | Cell): Cell {
  const { text, tone } = typeof cell === "string" ? { text: cell, tone: undefined } : cell;
  return { text: text === "" ? "-" : printable(text), tone };
}
