import { expect, test } from "vitest";
import { page, rendered } from "../../scripts/pictures-page.ts";
import { details, fence, marker } from "../../src/text/markdown.ts";

const body = [
  marker("report"),
  "## Two",
  details("more", fence(["- a: 1", "+ a: <2>", "  call x"], "diff")),
  details("rest", "See #7."),
].join("\n\n");

test("markers stay hidden, folds closed but for those a reader opened, differences coloured", () => {
  const html = rendered(body, [1]);
  expect(html.replace(/<!--.*?-->/, "")).not.toContain("evenkeel:");
  expect(html.match(/<details( open)?>/g)).toEqual(["<details>", "<details open>"]);
  expect(html).toContain('<span class="removed">- a: 1</span>\n<span class="added">+ a: &lt;2&gt;</span>\n  call x');
  expect(html).toContain('<a href="#">#7</a>');
});

test("a page has nothing from elsewhere, and its title is text", () => {
  const html = page({ body, thread: { title: "<b>Fix</b>", number: 3, kind: "pull request" } });
  expect(html).toContain("&#60;b&#62;Fix");
  expect(html).not.toMatch(/https?:|url\(|<script|<link/);
  expect(page({ body, part: true })).not.toContain("commented");
});
