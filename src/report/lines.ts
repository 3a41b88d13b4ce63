import { terminal, terminalWhole } from "../text/terminal.ts";
import { wrap } from "../text/width.ts";
import type { TextOptions } from "./options.ts";
import { type Style, styleOf, type Tone } from "./style.ts";

/** Collects the lines of a text for a terminal: no line is wider than asked for, and nothing unencoded gets in. */
export class Lines {
  readonly width: number;
  readonly style: Style;
  readonly #verbose: boolean;
  readonly #lines: string[] = [];

  constructor(options: TextOptions) {
    this.width = Math.max(20, options.width);
    this.style = styleOf(options.colour);
    this.#verbose = options.verbose === true;
  }

  /** One line of text from anywhere; longer than `max` characters is cut (with the count), unless everything was asked for. */
  safe(text: string, max = 300): string {
    return this.#verbose ? terminalWhole(text) : terminal(text, max);
  }

  /** Text of any length, encoded here, wrapped with the following lines indented. */
  text(
    text: string,
    options: {
      readonly tone?: Tone | undefined;
      readonly indent?: number;
      readonly max?: number;
      readonly hang?: number;
    } = {},
  ): void {
    const { tone, indent = 0, max, hang = 0 } = options;
    for (const [index, line] of wrap(this.safe(text, max).trimEnd(), this.width - indent - hang).entries()) {
      const shift = " ".repeat(indent + (index === 0 ? 0 : hang));
      this.#lines.push((shift + (tone === undefined ? line : this.style(tone, line))).trimEnd());
    }
  }

  /** `label   text`, the text wrapped beside its label. */
  labelled(
    label: string,
    text: string,
    options: { readonly tone?: Tone | undefined; readonly indent?: number; readonly max?: number } = {},
  ): void {
    const { tone, indent = 3, max } = options;
    const room = 8;
    for (const [index, line] of wrap(this.safe(text, max).trimEnd(), this.width - indent - room).entries()) {
      const head = index === 0 ? this.style("dim", label.padEnd(room)) : " ".repeat(room);
      this.#lines.push((" ".repeat(indent) + head + (tone === undefined ? line : this.style(tone, line))).trimEnd());
    }
  }

  /** Lines that are encoded, measured and styled already. */
  ready(lines: readonly string[], indent = 0): void {
    for (const line of lines) this.#lines.push(" ".repeat(indent) + line);
  }

  blank(): void {
    if (this.#lines.length > 0 && this.#lines[this.#lines.length - 1] !== "") this.#lines.push("");
  }

  heading(text: string): void {
    this.blank();
    this.text(text, { tone: "strong" });
  }

  toString(): string {
    return `${this.#lines.join("\n").trimEnd()}\n`;
  }
}
