import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import { displayWidth } from "../../src/text/width.ts";

/** What must hold of every text for a terminal, whatever it speaks of. `render`: the text by width and colour. */
export function expectFit(render: (width: number, colour: boolean) => string): void {
  for (const width of [40, 80, 120]) {
    const text = render(width, false);
    expect(text.endsWith("\n") && !text.endsWith("\n\n")).toBe(true);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    for (const line of text.split("\n")) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/^\s*::|##\[/);
    }
    const coloured = render(width, true);
    expect(coloured).toContain("\u001b[");
    // Only our own styling: without it, it is the same text.
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(text);
    expect(stripVTControlCharacters(coloured)).toBe(text);
    expect(render(width, false)).toBe(text);
  }
}
