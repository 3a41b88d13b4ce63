import { clipped, visible } from "./plain.ts";

/**
 * One line for a terminal from a text that somebody else wrote. Escape sequences (7-bit and 8-bit), bidirectional controls and what does not
 * show become `\u{…}`, so that the only styling a terminal sees is ours. `##[` and a `::` at the start of a word (wrapping may start a line there) are spelt so too: the same output may go to
 * the log of a workflow run, where they are commands.
 */
export function terminal(text: string, max = 300): string {
  return uncommand(clipped(text, max));
}

/** As `terminal`, with nothing cut. */
export function terminalWhole(text: string): string {
  return uncommand(visible(text));
}

function uncommand(text: string): string {
  return text.replace(/(?<=^|\s):(?=:)/g, "\\u{3a}").replaceAll("##[", "##\\u{5b}");
}
