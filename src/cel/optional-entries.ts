/**
 * `{?"key": value}` and `[?value]`: entries that are left out when their value is absent. The library's parser does not know them, so the
 * marks are taken out of the text (a space instead, so that every offset stays) and their places remembered.
 */
export function takeOptionalMarks(source: string): { readonly text: string; readonly marks: readonly number[] } {
  const marks: number[] = [];
  let previous = "";
  for (let at = 0; at < source.length; ) {
    const char = source[at] ?? "";
    const end = tokenEnd(source, at);
    if (/\s/.test(char) || source.startsWith("//", at)) {
      at = end;
      continue;
    }
    // After `{`, `,` or a `[` that opens a list no condition can stand that a `?` would follow; after a value, `[?` is an optional index.
    if (char === "?" && (previous === "{" || previous === "," || previous === "[")) marks.push(at);
    if (char === "[") previous = /[\w)\]}"']/.test(previous) ? "index" : "[";
    else previous = source.slice(end - 1, end);
    at = end;
  }
  let text = source;
  for (const mark of marks) text = `${text.slice(0, mark)} ${text.slice(mark + 1)}`;
  return { text, marks };
}

/** Where the string, comment, or single character at `at` ends. Shared with the templates, which look for braces outside of strings. */
export function tokenEnd(source: string, at: number): number {
  if (source.startsWith("//", at)) {
    const end = source.indexOf("\n", at);
    return end === -1 ? source.length : end;
  }
  const quote = source[at];
  if (quote !== '"' && quote !== "'") return at + 1;
  const raw = isRaw(source, at);
  const delimiter = source.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  for (let next = at + delimiter.length; next < source.length; next++) {
    // The library's parser lets a backslash protect the quote in raw strings too.
    if (source[next] === "\\") next++;
    else if (source.startsWith(delimiter, next)) return next + delimiter.length;
    else if (delimiter.length === 1 && !raw && source[next] === "\n") return next;
  }
  return source.length;
}

function isRaw(source: string, quoteAt: number): boolean {
  return /(^|[^\w])[bB]?[rR]$/.test(source.slice(Math.max(0, quoteAt - 3), quoteAt));
}
