import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

const last = { markdown: "", html: "" };

/** Markdown as GitHub reads it (CommonMark with GFM), raw HTML passed through: what a reader's browser would get before GitHub's own clean-up. */
export function html(markdown: string): string {
  // Tests ask several questions of one text, and parsing is what takes their time.
  if (markdown !== last.markdown) {
    last.html = micromark(markdown, {
      allowDangerousHtml: true,
      allowDangerousProtocol: true,
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
    });
    last.markdown = markdown;
  }
  return last.html;
}

/** The tags in order, without text and attributes' values: what must not change whatever the texts are. */
export function structure(markdown: string): string[] {
  return [...html(markdown).matchAll(/<!--|<(\/?[a-zA-Z][a-zA-Z0-9]*)[^>]*>/g)].map(([whole, name]) => name ?? whole);
}

/** Text outside `<code>`, `<pre>` and `<a>`, entities decoded: where GitHub looks for mentions, references and links. */
export function prose(markdown: string): string {
  const outside = html(markdown).replace(/<(code|pre|a)\b[^>]*>[\s\S]*?<\/\1>/g, " ");
  return decode(outside.replace(/<!--[\s\S]*?-->|<[^>]*>/g, " "));
}

/** All text, entities decoded. */
export function textOf(markdown: string): string {
  return decode(html(markdown).replace(/<[^>]*>/g, ""));
}

/** Cells of each row of the tables in a text, counted as GitHub's parser cuts them: before code is looked for, a backslash escaping any punctuation. */
export function cellCounts(markdown: string): number[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.replace(/\\[!-/:-@[-`{-~]/g, "").split("|").length - 2);
}

function decode(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name] ?? "");
}
