import { toJson } from "../json.ts";
import { jsonText } from "../report/json.ts";
import { useColour } from "../report/style.ts";
import type { Io } from "../types/io.ts";
import { type CommandInput, flag, text } from "./command.ts";

/** How wide and how colourful the human form may be, and how much of it is wanted. */
export interface View {
  readonly width: number;
  readonly colour: boolean;
  readonly verbose: boolean;
}

export function viewOf(input: CommandInput): View {
  const { io } = input;
  return { width: widthOf(io), colour: useColour(io.env, io.stdout.isTerminal), verbose: flag(input, "verbose") };
}

/** Of the terminal, or what COLUMNS says; 80 where nobody does. */
export function widthOf({ env, stdout }: Io): number {
  const columns = stdout.columns ?? Number(env["COLUMNS"] ?? "");
  return Number.isInteger(columns) && columns >= 20 ? Math.min(columns, 120) : 80;
}

export function wantsJson(input: CommandInput): boolean {
  return text(input, "format") === "json";
}

export function print(io: Io, words: string): void {
  io.stdout.write(words.endsWith("\n") ? words : `${words}\n`);
}

/** What is said beside the result: to people along with it; beside JSON only standard error is free. `gap` goes before it for people. */
export function printBeside(input: CommandInput, words: string, gap = ""): void {
  if (wantsJson(input)) input.io.stderr.write(`${words}\n`);
  else print(input.io, `${gap}${words}`);
}

export function printJson(io: Io, value: unknown): void {
  io.stdout.write(jsonText(toJson(value)));
}
