import fc from "fast-check";
import { expect, test } from "vitest";
import { htmlAttribute, htmlText } from "../../src/text/html.ts";
import { hostileText } from "./hostile.ts";

test("text and attributes end where we end them", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(htmlText(text)).not.toMatch(/[<>"'\n]|&(?!(?:amp|lt|gt|quot|#39);)/);
      expect(htmlAttribute(text)).not.toMatch(/[<>"'\n]/);
    }),
  );
  expect(htmlText(`<a href="x">Tom & 'Jerry'</a>`)).toBe(
    "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;",
  );
});
