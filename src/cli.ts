import { type ParseArgsConfig, parseArgs } from "node:util";
import { RemoteError } from "./aws/errors.ts";
import { COMMANDS, type CommandName, commandNames, isCommandName } from "./commands/all.ts";
import type { Command, CommandInput, CommandResult } from "./commands/command.ts";
import { print } from "./commands/view.ts";
import { JournalError, UsageError, UserError } from "./errors.ts";
import { processIo } from "./process.ts";
import { problemsText } from "./report/problems.ts";
import { useColour } from "./report/style.ts";
import { nearest } from "./text/nearest.ts";
import { plain } from "./text/plain.ts";
import type { Home, Io } from "./types/io.ts";
import { VERSION } from "./version.ts";

/** The terminal's entrance: parses, runs one command, and gives its exit code. */
export async function main(home: Home, argv: readonly string[], io: Io = processIo()): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    print(io, await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-V") {
    print(io, VERSION);
    return 0;
  }
  if (!isCommandName(name)) {
    const near = nearest(name, commandNames);
    io.stderr.write(
      `There is no command ${plain(name, 60)}${near === undefined ? "" : ` (did you mean ${near}?)`}; evenkeel --help lists them.\n`,
    );
    return 2;
  }
  const { exit } = await runCommand(name, home, rest, io);
  return exit;
}

/** Runs one command; every error that is not a bug becomes words and an exit code here, and nowhere else. */
export async function runCommand(
  name: CommandName,
  home: Home,
  argv: readonly string[],
  io: Io,
): Promise<CommandResult> {
  const command = await COMMANDS[name]();
  try {
    const input = parse(command, home, argv, io);
    if (input.options["help"] === true) {
      print(io, helpOf(command));
      return { exit: 0 };
    }
    return await command.run(input);
  } catch (error) {
    return failed(error, io);
  }
}

function parse(command: Command, home: Home, argv: readonly string[], io: Io): CommandInput {
  const options: ParseArgsConfig["options"] = { ...command.options, help: { type: "boolean", short: "h" } };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    const given = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : value]),
    );
    return { home, io, options: given, arguments: positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message : "wrong options";
    const [, wrong = ""] = /Unknown option '(--?[^']+)'/.exec(message) ?? [];
    const near = nearest(wrong.replace(/^-+/, ""), Object.keys(options));
    const words = wrong === "" ? message : `${command.name} has no option ${plain(wrong, 60)}`;
    throw new UsageError(
      `${words}${near === undefined || wrong === "" ? "" : ` (did you mean --${near}?)`}; evenkeel ${command.name} --help lists them`,
    );
  }
}

function failed(error: unknown, io: Io): CommandResult {
  const view = { width: io.stderr.columns ?? 80, colour: useColour(io.env, io.stderr.isTerminal), verbose: false };
  if (error instanceof UserError) {
    io.stderr.write(problemsText(error.problems, new Map(), view));
    return { exit: 2, annotations: error.problems.map((problem) => ({ ...problem, level: "error" as const })) };
  }
  if (error instanceof UsageError) {
    io.stderr.write(`${plain(error.message, 2000)}\n`);
    return { exit: 2 };
  }
  if (error instanceof JournalError) {
    io.stderr.write(
      `${plain(error.message, 1000)}\nNothing more was done. Run the same again: it goes on where this stopped.\n`,
    );
    return { exit: 3 };
  }
  if (isRemote(error)) {
    const remedy = error.remedy === undefined ? "" : `\nTo mend it: ${plain(error.remedy, 500)}`;
    io.stderr.write(`${plain(error.message, 1000)}${remedy}\n`);
    return { exit: 3 };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `This is a bug in Evenkeel ${VERSION}, not in your files. Nothing further was done.\n` +
      `Please report it with the lines below: https://github.com/evenkeel/evenkeel/issues/new\n\n${stack
        .split("\n")
        .map((line) => plain(line, 300))
        .join("\n")}\n`,
  );
  return { exit: 4 };
}

function isRemote(error: unknown): error is Error & { remedy?: string } {
  return error instanceof RemoteError || (error instanceof Error && error.name === "GitHubError");
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    commandNames.map(async (name) => `  ${name.padEnd(10)}${(await COMMANDS[name]()).summary}`),
  );
  return [
    "Evenkeel keeps AWS accounts level with policies that live in git.",
    "",
    "usage: evenkeel <command> [options]",
    "",
    ...lines,
    "",
    "evenkeel <command> --help says more, with an example.",
    "Exit codes: 0 clean, 1 findings (when asked to fail on them), 2 wrong input, 3 incomplete, 4 a bug.",
  ].join("\n");
}

function helpOf(command: Command): string {
  const names = Object.keys(command.options);
  const width = Math.max(...names.map((name) => name.length), 4) + 4;
  const options = names.map((name) => `  --${name.padEnd(width)}${command.help[name] ?? ""}`);
  return [
    `${command.name}: ${command.summary}`,
    "",
    `usage: ${command.usage}`,
    "",
    command.about,
    "",
    "options:",
    ...options,
    `  --${"help".padEnd(width)}this text`,
    "",
    "example:",
    `  ${command.example}`,
  ].join("\n");
}
