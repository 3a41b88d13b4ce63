import type { Json } from "../types/json.ts";
import type { DocumentShape } from "../types/shape.ts";

/** The text a decoded document came from, as plain JSON or CSV. Kept beside the value, so that what nobody changed goes back byte for byte. */
const texts = new WeakMap<object, string>();

export function rememberText(document: object, text: string): void {
  texts.set(document, text);
}

export function textOf(document: object): string | undefined {
  return texts.get(document);
}

/**
 * Decodes the text of a document. `url-json` is JSON in percent-encoding, as IAM returns its policies; the text to send back is plain JSON.
 * Throws SyntaxError or URIError when the text is no such document.
 */
export function decodeDocument(
  text: string,
  decode: DocumentShape["decode"],
): { readonly text: string; readonly value: Json } {
  if (decode === "csv") return { text, value: parseCsv(text) };
  const plain = decode === "url-json" ? decodeURIComponent(text) : text;
  const value: Json = JSON.parse(plain);
  return { text: plain, value };
}

/** CSV (RFC 4180) to a list of maps by the header line. A missing cell is left out; an extra one has no name and is dropped. */
export function parseCsv(text: string): Record<string, string>[] {
  const [header, ...rows] = csvRows(text);
  if (header === undefined) return [];
  return rows.map((row) =>
    Object.fromEntries(header.slice(0, row.length).map((name, index) => [name, row[index] ?? ""])),
  );
}

function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    cell = "";
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[at++];
      else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === ",") {
      row.push(cell);
      cell = "";
    } else if (char === "\n") endRow();
    else if (char !== "\r") cell += char;
  }
  endRow();
  return rows;
}
