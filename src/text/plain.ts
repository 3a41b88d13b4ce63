/**
 * One line of harmless plain text from a text that somebody else wrote.
 *
 * Control characters (line breaks too), bidirectional overrides, zero-width characters and lone surrogates come out as `\u{…}`: they are what
 * forges log lines, workflow commands and reversed names. What is longer than `max` characters is cut, with `…` as the last one.
 * Encoding for a place (Markdown, HTML, CSV, shell) is done where the text goes, not here.
 */
export function plain(text: string, max = 300): string {
  // Cut before replacing, so that a megabyte of control characters costs no more than `max` of them.
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

// Cc: controls. Cf: format characters, which hold the bidirectional controls and zero-width ones. Zl and Zp: line and paragraph separators.
// Cs: with the `u` flag only surrogates without a partner match.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
