/**
 * One line of harmless plain text from a text that somebody else wrote.
 *
 * Control characters (line breaks too), bidirectional overrides, zero-width characters and lone surrogates come out as `\u{…}`: they are what
 * forges log lines, workflow commands and reversed names. What is longer than `max` UTF-16 units is cut, with `…` as the last one.
 * Encoding for a place (Markdown, HTML, CSV, shell) is done where the text goes, not here.
 */
export function plain(text: string, max = 300): string {
  // Cut before replacing, so that a megabyte of control characters costs no more than `max` of them.
  return visible(text.length > max ? `${head(text, max - 1)}…` : text);
}

/** As `plain`, but what is cut says how much is missing: `abc… (3 of 5,120 characters)`. */
export function clipped(text: string, max: number): string {
  if (text.length <= max) return visible(text);
  return `${visible(head(text, max))}… (${count(max)} of ${count(text.length)} characters)`;
}

/** Everything that does not show becomes `\u{…}`; nothing is cut. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `12345` as `12,345`: the same in every locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The first `units` UTF-16 units, without half a surrogate pair at the end. */
function head(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  const half = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, half ? units - 1 : units);
}

// Cc: controls. Cf: format characters, which hold the bidirectional controls and zero-width ones. Zl and Zp: line and paragraph separators.
// Cs: with the `u` flag only surrogates without a partner match. DI: letters and marks made to be invisible (fillers, variation selectors).
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu;
