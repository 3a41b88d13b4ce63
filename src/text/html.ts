import { plain } from "./plain.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text between tags. One line: what does not show is spelt out. */
export function htmlText(text: string, max = 300): string {
  return escapeHtml(plain(text, max));
}

/** A value between double or single quotes of an attribute. Not for URLs: a scheme is not checked here. */
export function htmlAttribute(text: string, max = 300): string {
  return escapeHtml(plain(text, max));
}

/** Entities only, for text that is one harmless line already. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
