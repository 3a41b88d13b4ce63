import { tokenEnd } from "./optional-entries.ts";

/** A piece of a template's string: text as it stands, or an expression with its offset in the string. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly source: string; readonly offset: number };

export type Pieces =
  | { readonly ok: true; readonly pieces: readonly Piece[] }
  | { readonly ok: false; readonly offset: number; readonly length: number; readonly message: string };

/**
 * Takes a string apart at its `${…}`. `$${` stands for the text `${`. Braces inside an expression (maps, strings) belong to it; a
 * dollar sign before anything else is itself.
 */
export function parseTemplateText(text: string): Pieces {
  const pieces: Piece[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") pieces.push({ kind: "text", text: literal });
    literal = "";
  };
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("$${", at)) {
      literal += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const end = closingBrace(text, at + 2);
      if (end === undefined)
        return {
          ok: false,
          offset: at,
          length: text.length - at,
          message: "${ without its }; write $${ for the text ${",
        };
      flush();
      pieces.push({ kind: "expression", source: text.slice(at + 2, end), offset: at + 2 });
      at = end + 1;
    } else literal += text[at++];
  }
  flush();
  return { ok: true, pieces };
}

/** Writes text so that parseTemplateText gives back that text. */
export function escapeTemplateText(text: string): string {
  // A function, because `$$` means one dollar sign in a replacement text.
  return text.replaceAll("${", () => "$${");
}

function closingBrace(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at = tokenEnd(text, at)) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return undefined;
}

/** Text as a CEL literal. JSON's escapes are all known to CEL. */
export function celString(text: string): string {
  return JSON.stringify(text);
}
