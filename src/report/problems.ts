import { type Problem, problemText } from "../errors.ts";
import { terminal, terminalWhole } from "../text/terminal.ts";
import { displayWidth } from "../text/width.ts";
import { Lines } from "./lines.ts";
import type { TextOptions } from "./options.ts";
import { plural } from "./words.ts";

/**
 * Problems of the user's files, one `file:line:column: message` each, so that editors find the place; with `sources` (file -> its text) the
 * line itself and a caret below. Problems are never wrapped or cut short: other programs read these lines.
 */
export function problemsText(
  problems: readonly Problem[],
  sources: ReadonlyMap<string, string>,
  options: Pick<TextOptions, "colour">,
): string {
  const out = new Lines({ width: 80, colour: options.colour });
  for (const problem of problems) {
    const text = terminalWhole(problemText(problem));
    const place = terminalWhole(`${problem.file}:${problem.line}:${problem.column}:`);
    out.ready([text.startsWith(place) ? out.style("strong", place) + text.slice(place.length) : text]);
    const source = sources.get(problem.file)?.split(/\r?\n/)[problem.line - 1];
    if (source !== undefined && source.trim() !== "") out.ready(excerpt(source, problem.column, out));
  }
  out.text(problems.length === 0 ? "No problems." : plural(problems.length, "problem"), {
    tone: problems.length === 0 ? "good" : "bad",
  });
  return out.toString();
}

/** Characters of a source line around the place. */
const BEFORE = 60;
const AROUND = 100;

function excerpt(source: string, column: number, out: Lines): string[] {
  const start = Math.max(0, Math.min(column - 1 - BEFORE, source.length - AROUND));
  const left = terminal(source.slice(start, Math.max(start, column - 1)), AROUND);
  const right = terminal(source.slice(Math.max(start, column - 1), start + AROUND), AROUND);
  const more = start > 0 ? "…" : "";
  // The bar keeps what the line begins with from the start of ours.
  const bar = out.style("dim", "  | ");
  return [
    `${bar}${more}${left}${right}`.trimEnd(),
    `${bar}${" ".repeat(displayWidth(more + left))}${out.style("bad", "^")}`,
  ];
}
