import { styleText } from "node:util";

/** What a piece of text means; how it looks is decided here. */
export type Tone = "strong" | "dim" | "good" | "bad" | "warn" | "accent";
export type Style = (tone: Tone, text: string) => string;

/** Colours that stay readable on dark and light grounds, and differ in more than red and green to those who cannot tell these apart. */
const FORMATS = {
  strong: "bold",
  dim: "dim",
  good: "green",
  bad: ["bold", "red"],
  warn: "yellow",
  accent: "cyan",
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** `text` must be without line breaks of its own and measured already: styled text is never cut. */
export function styleOf(colour: boolean): Style {
  // The stream is looked at in `useColour`, once; `styleText` would look at the process's own.
  return colour ? (tone, text) => styleText(FORMATS[tone], text, { validateStream: false }) : (_, text) => text;
}

/**
 * Colour only on a terminal that has some, and not where the user said no (`NO_COLOR`, no-color.org). `FORCE_COLOR` outweighs all of that, as
 * in Node itself: `0` and `false` switch colour off, anything else on.
 */
export function useColour(env: Readonly<Record<string, string | undefined>>, terminal: boolean): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
