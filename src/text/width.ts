/** How many columns text takes in a terminal, and cutting by columns. For text without escape sequences: style after measuring. */

// Wide and fullwidth characters of Unicode's East Asian Width, by script and block, and what is shown as emoji without being asked to.
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u33bf\u33c0-\u4dff\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
// A flag is two of these, of one column each.
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/u;
const MARK = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
const ASCII = /^[\x20-\x7e]*$/;

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns of one line of text: marks that combine take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
}

function characterWidth(character: string): 0 | 1 | 2 {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) && !REGIONAL.test(character) ? 2 : 1;
}

/** Cut at the end to at most `columns`, with `…` where something is missing. Never cuts between a character and its marks. */
export function cutEnd(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return columns < 1 ? "" : `${take(graphemes(text), columns - 1)}…`;
}

/** Cut in the middle: names and ARNs tell apart by both ends. */
export function cutMiddle(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return "";
  const parts = graphemes(text);
  const start = take(parts, Math.ceil((columns - 1) / 2));
  const end = take([...parts].reverse(), columns - 1 - displayWidth(start), true);
  return `${start}…${end}`;
}

/** Filled with spaces to `columns`; what is longer stays. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const fill = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return align === "left" ? text + fill : fill + text;
}

/** Lines of at most `columns`, broken at spaces where there are any; a word that is too long is broken anywhere, nothing but spaces is lost. */
export function wrap(text: string, columns: number): string[] {
  const limit = Math.max(1, columns);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (displayWidth(joined) <= limit) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const part of graphemes(word)) {
      if (line !== "" && displayWidth(line) + displayWidth(part) > limit) {
        // No line may begin with `::`, which the log of a workflow run takes for a command: the character before goes along.
        const along = part === ":" ? (/[^:]:*$/u.exec(line.slice(1))?.[0] ?? "") : "";
        lines.push(line.slice(0, line.length - along.length));
        line = along;
      }
      line += part;
    }
  }
  return (line === "" && lines.length > 0 ? lines : [...lines, line]).map((each) => each.trimEnd());
}

function graphemes(text: string): string[] {
  return ASCII.test(text) ? [...text] : Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

function take(parts: readonly string[], columns: number, reversed = false): string {
  let used = 0;
  const taken: string[] = [];
  for (const part of parts) {
    used += displayWidth(part);
    if (used > columns) break;
    taken.push(part);
  }
  return (reversed ? taken.reverse() : taken).join("");
}
