import { randomUUID } from "node:crypto";
import { INPUTS } from "./action-io.ts";
import { runCommand } from "./cli.ts";
import { COMMANDS, type CommandName, commandNames, isCommandName } from "./commands/all.ts";
import type { CommandResult } from "./commands/command.ts";
import { processIo } from "./process.ts";
import { nearest } from "./text/nearest.ts";
import { plain } from "./text/plain.ts";
import type { Home, Io } from "./types/io.ts";

/** GitHub shows ten annotations of a kind per step and drops the rest without a word. */
const MAX_ANNOTATIONS = 10;
/** GitHub refuses a step summary above 1 MiB. */
const MAX_SUMMARY = 1_000_000;

/** The Action's entrance: turns inputs into a command line, runs it, and hands over outputs, summary and annotations. */
export async function runAction(home: Home, io: Io = processIo()): Promise<number> {
  const core = await import("@actions/core");
  const name = core.getInput("command");
  if (!isCommandName(name)) {
    const near = nearest(name, commandNames);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    core.setFailed(
      `the input command is ${JSON.stringify(plain(name, 60))}; expected one of ${commandNames.join(", ")}${hint}`,
    );
    return 2;
  }
  const argv = await commandLine(name, (input) => core.getInput(input));
  // What a command prints may hold names and tags from AWS; with commands stopped, no line of it can speak to the runner.
  const token = randomUUID().replaceAll("-", "");
  io.stdout.write(`::stop-commands::${token}\n`);
  let result: CommandResult;
  try {
    result = await runCommand(name, home, argv, io);
  } finally {
    io.stdout.write(`\n::${token}::\n`);
  }
  for (const [key, value] of Object.entries(result.outputs ?? {})) core.setOutput(key, value);
  core.setOutput("exit_code", result.exit);
  annotate(core, result);
  if (result.error !== undefined) core.error(plain(result.error, 2000));
  if (result.summary !== undefined && (io.env["GITHUB_STEP_SUMMARY"] ?? "") !== "") {
    const fits = Buffer.byteLength(result.summary) <= MAX_SUMMARY;
    await core.summary
      .addRaw(fits ? result.summary : "The summary is larger than GitHub allows; see the log.", true)
      .write();
  }
  return result.exit;
}

/** An input becomes an option only for a command that has it; GitHub cannot leave inputs out, only leave them empty. */
export async function commandLine(name: CommandName, input: (name: string) => string): Promise<string[]> {
  const command = await COMMANDS[name]();
  const argv: string[] = [];
  for (const option of INPUTS) {
    const value = input(option).trim();
    const declared = Object.hasOwn(command.options, option) ? command.options[option] : undefined;
    if (declared === undefined || value === "") continue;
    if (declared.type === "boolean") {
      if (value === "true") argv.push(`--${option}`);
    } else argv.push(`--${option}=${value}`);
  }
  return argv;
}

function annotate(
  core: Pick<typeof import("@actions/core"), "error" | "warning" | "notice">,
  result: CommandResult,
): void {
  const all = result.annotations ?? [];
  for (const { level, file, line, column, message, nearest: near } of all.slice(0, MAX_ANNOTATIONS)) {
    const words = plain(near === undefined ? message : `${message} (did you mean ${near}?)`, 2000);
    core[level](words, { file, startLine: line, startColumn: column });
  }
  if (all.length > MAX_ANNOTATIONS)
    core.notice(`showing ${MAX_ANNOTATIONS} of ${all.length} annotations; the log has all`);
}
