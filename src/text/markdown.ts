import { escapeHtml } from "./html.ts";
import { clipped, plain } from "./plain.ts";

/**
 * Text for Markdown as GitHub shows it. Whatever goes in, the structure that we wrote around it stays: no fence, cell, fold or comment ends
 * early, nobody is mentioned, nothing becomes a link, an image or an emoji. AWS's own texts belong in `code` and `fence`.
 */

/** Zero-width space: GitHub looks for mentions after entities are decoded, so that escaping an `@` does not help. */
const BREAK = "\u200b";

/** What GitHub or a mail client would act on even inside code: mentions, references, links, and our own hidden markers. */
function neutral(text: string): string {
  return text
    .replace(/[@#]/g, `$&${BREAK}`)
    .replace(/http(?=s?:)/gi, "hxxp")
    .replace(/(?:ftp|mailto|xmpp)(?=:)|www(?=\.)/gi, `$&${BREAK}`)
    .replace(/<(?=!--)/g, `<${BREAK}`);
}

/** What GitHub acts on outside code only: `GH-1`, commit hashes, emoji names. */
function neutralProse(text: string): string {
  return (
    neutral(text)
      .replace(/GH-(?=\d)/gi, `$&${BREAK}`)
      .replace(/\b(?=\d*[a-f])[0-9a-f](?=[0-9a-f]{6,39}\b)/gi, `$&${BREAK}`)
      // Times of day and ARNs hold what looks like an emoji's name and is none.
      .replace(/(?<!\barn(?::[\w/-]*)*)(?!:\d\d:\d\d):(?=[\w+-]+:)/g, `:${BREAK}`)
  );
}

/** Prose: one line that can start neither a block nor an inline construct. Runs of spaces become one. */
export function inline(text: string, max = 300): string {
  return neutralProse(plain(text, max).trim().replace(/ +/g, " "))
    .replace(/[\\`*_[\]~]/g, "\\$&")
    .replace(/[&<>|$]/g, (character) => ACTIVE[character] ?? character)
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d{1,9})([.)])/, "$1\\$2");
}

const ACTIVE: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", $: "&#36;" };

/** A code span, with a fence longer than any run of backticks in it. */
export function code(text: string, max = 300): string {
  const shown = neutral(plain(text, max));
  if (shown.trim() === "") return "(empty)";
  const fence = "`".repeat(longestRun(shown) + 1);
  // A space at both ends is taken off by Markdown; needed where a backtick would touch the fence, or the text has such spaces itself.
  const space = /^[` ]|[` ]$/.test(shown) ? " " : "";
  return `${fence}${space}${shown}${space}${fence}`;
}

/** A code block. Lines are harmless one by one; `info` is our own word. */
export function fence(lines: readonly string[], info: "" | "diff" | "json" | "text" = "", max = 1_000): string {
  const shown = lines.map((line) => neutral(clipped(line, max)));
  const ticks = "`".repeat(Math.max(3, ...shown.map((line) => longestRun(line) + 1)));
  return [`${ticks}${info}`, ...shown, ticks].join("\n");
}

/** Code inside our own HTML (`<summary>`), where GitHub reads no Markdown. */
export function htmlCode(text: string, max = 300): string {
  return `<code>${escapeHtml(neutral(plain(text, max)))}</code>`;
}

/** Prose inside our own HTML. */
export function htmlInline(text: string, max = 300): string {
  return escapeHtml(neutralProse(plain(text, max)));
}

/** Cells hold inline Markdown that is encoded already (`inline`, `code`); columns marked `:` on the right are numbers. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = heads.map((head) => head.replace(/:$/, ""));
  const rule = heads.map((head) => (head.endsWith(":") ? "---:" : "---"));
  return [titles, rule, ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
}

/**
 * A table is cut into cells before code is looked for, and parsers differ on backslashes before a pipe: a pipe is escaped, and one with
 * backslashes before it is spelt out. (`inline` leaves none.)
 */
function cell(markdown: string): string {
  return markdown.replace(/(\\*)\|/g, (_, slashes: string) => (slashes === "" ? "\\|" : `${slashes}\\u{7c}`));
}

/** A fold. `summary` is HTML (`htmlCode`, `htmlInline`), `body` is Markdown. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** A hidden first line by which we find our own comment again. Keys and values are ours, reduced to what a comment can hold. */
export function marker(kind: string, keys: Readonly<Record<string, string>> = {}): string {
  const shown = Object.entries(keys).map(([key, value]) => ` ${key}=${value.replace(/[^A-Za-z0-9._/]+/g, "-")}`);
  return `<!-- evenkeel:${kind} v1${shown.join("")} -->`;
}

/** UTF-8 bytes, which is what GitHub counts. */
export function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
