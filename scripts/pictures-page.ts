import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

/** What a picture shows: a comment of ours, or the first one of a pull request or an issue with its title above. */
export interface Shown {
  /** Markdown, as it was sent to GitHub. */
  readonly body: string;
  /** Above the comment, as GitHub has it: the title of a pull request or issue, its number, and what it is. */
  readonly thread?: { readonly title: string; readonly number: number; readonly kind: "pull request" | "issue" };
  /** Only a part of the comment: the reader has scrolled down. */
  readonly part?: boolean;
  /** Folds that a reader opened, by their places from 0; GitHub shows all of them closed. */
  readonly opened?: readonly number[];
}

/** Markdown as GitHub shows it: hidden comments stay hidden, folds fold, lines of differences have their colours. Only for texts that we wrote. */
export function rendered(markdown: string, opened: readonly number[] = []): string {
  const options = { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] };
  let fold = -1;
  return micromark(markdown, options)
    .replace(/<code class="language-diff">([\s\S]*?)<\/code>/g, (_, lines: string) => `<code>${coloured(lines)}</code>`)
    .replace(/<details>/g, (tag) => {
      fold += 1;
      return opened.includes(fold) ? "<details open>" : tag;
    })
    .replace(/(?<=[\s(>])#\d+\b/g, '<a href="#">$&</a>');
}

function coloured(lines: string): string {
  return lines
    .split("\n")
    .map((line) => {
      const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "";
      return kind === "" ? line : `<span class="${kind}">${line}</span>`;
    })
    .join("\n");
}

/** A page that looks as GitHub's does, with nothing from elsewhere: no font, no script, no address. */
export function page({ body, thread, opened, part = false }: Shown): string {
  const title =
    thread === undefined
      ? ""
      : `<header><h1>${escaped(thread.title)} <span>#${thread.number}</span></h1><p><b class="state">Open</b> evenkeel opened this ${thread.kind}</p></header>`;
  const head = `<div class="head"><b>evenkeel</b> <i>bot</i> ${thread === undefined ? "commented" : "opened"} now</div>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Evenkeel</title><style>${STYLE}</style><body>${title}
<section>${part ? "" : head}<article>${rendered(body, opened)}</article></section></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
* { box-sizing: border-box }
body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
header h1 { margin: 0; font-size: 26px; font-weight: 400; line-height: 1.25 } header h1 span { color: #59636e } header p { margin: 8px 0 20px; color: #59636e }
.state { margin-right: 6px; padding: 5px 12px; border-radius: 2em; background: #1f883d; color: #fff; font-weight: 500 }
section { border: 1px solid #d1d9e0; border-radius: 6px }
.head { padding: 8px 16px; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; background: #f6f8fa; color: #59636e } .head b { color: #1f2328 }
.head i { margin-left: 4px; padding: 0 6px; border: 1px solid #d1d9e0; border-radius: 2em; font-size: 12px; font-style: normal }
article { padding: 16px; overflow-wrap: break-word } article > :first-child { margin-top: 0 } article > :last-child { margin-bottom: 0 }
h2 { margin: 24px 0 16px; padding-bottom: .3em; border-bottom: 1px solid #d1d9e0b3; font-size: 1.5em; line-height: 1.25 } h3 { margin: 24px 0 16px; font-size: 1.25em; line-height: 1.25 }
p, ul, table, pre, details { margin: 0 0 16px } ul { padding-left: 2em } summary { cursor: pointer } details > summary { margin-bottom: 0 } details[open] > summary { margin-bottom: 16px }
table { display: block; max-width: 100%; overflow: hidden; border-collapse: collapse } th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left } tr:nth-child(2n) td { background: #f6f8fa }
th[align=right], td[align=right] { text-align: right }
code, pre { font: 85%/1.45 ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace } code { padding: .2em .4em; border-radius: 6px; background: #818b981f }
pre { padding: 16px; overflow: hidden; border-radius: 6px; background: #f6f8fa; font-size: 85% } pre code { padding: 0; background: none; font-size: 100% }
.added { color: #116329; background: #dafbe1 } .removed { color: #82071e; background: #ffebe9 }
a { color: #0969da; text-decoration: none } hr { height: .25em; margin: 24px 0; border: 0; background: #d1d9e0 }`;
