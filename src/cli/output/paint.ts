/** Colour, for terminals only. */

export type Tone = "good" | "warn" | "bad" | "dim" | "strong";

export type Paint = (tone: Tone, text: string) => string;

const codes = {
  good: "32",
  warn: "33",
  bad: "31",
  dim: "2",
  strong: "1",
} as const satisfies Record<Tone, string>;

const plain: Paint = (_tone, text) => text;

const coloured: Paint = (tone, text) => `\u001b[${codes[tone]}m${text}\u001b[0m`;

/** Colours if the stream is a terminal that has them and the user has not set NO_COLOR. */
export function paintFor(stream: { readonly isTTY?: boolean }, env = process.env): Paint {
  const wanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  return wanted ? coloured : plain;
}
