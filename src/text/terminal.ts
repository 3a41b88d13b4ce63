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

// Four colons in a row have no use in AWS's names, and leave wrapping no place to break that would not start a line with two.
function uncommand(text: string): string {
  return text
    .replace(/(?<=^|\s):(?=:[a-zA-Z][^\n]*?::)|:{4,}/g, (colons) => "\\u{3a}".repeat(colons.length))
    .replaceAll("##[", "##\\u{5b}");
}
