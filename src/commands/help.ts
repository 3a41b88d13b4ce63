import { wrap } from "../text/width.ts";
import type { Command } from "./command.ts";

/** Texts of `--help`: lines of at most `width` columns, but for examples, which are there to be copied. End without a line break. */

/** All commands, with what each is for. */
export function overviewText(commands: readonly Pick<Command, "name" | "summary">[], width: number): string {
  return [
    ...wrap("Evenkeel keeps AWS accounts level with policies that live in git.", width),
    "",
    "usage: evenkeel <command> [options]",
    "",
    ...commands.flatMap(({ name, summary }) => beside(name, 10, summary, width)),
    "",
    ...wrap("evenkeel <command> --help says more, with an example.", width),
    ...wrap(
      "Exit codes: 0 clean, 1 findings (when asked to fail on them), 2 wrong input, 3 incomplete, 4 a bug.",
      width,
    ),
  ].join("\n");
}

export function helpText(command: Command, width: number): string {
  const names = Object.keys(command.options);
  const column = Math.max(...names.map((name) => name.length), 4) + 4;
  return [
    ...wrap(`${command.name}: ${command.summary}`, width),
    "",
    ...hanging("usage: ", command.usage, width),
    "",
    ...wrap(command.about.replace(/\s+/g, " "), width),
    "",
    "options:",
    ...names.flatMap((name) => beside(`--${name}`, column, command.help[name] ?? "", width)),
    ...beside("--help", column, "this text", width),
    "",
    "example:",
    `  ${command.example}`,
  ].join("\n");
}

/** `  name      words`, the words wrapped beside the name, or below it where there is hardly room. */
function beside(name: string, column: number, words: string, width: number): string[] {
  const head = `  ${name.padEnd(column)}`;
  return width - head.length < 20 ? [`  ${name}`, ...hanging("      ", words, width)] : hanging(head, words, width);
}

function hanging(head: string, words: string, width: number): string[] {
  return wrap(words, width - head.length).map((line, index) => (index === 0 ? head : " ".repeat(head.length)) + line);
}
