import { type ParseArgsConfig, parseArgs } from "node:util";
import { COMMANDS, type CommandName, commandNames, isCommandName } from "./commands/all.ts";
import type { Command, CommandInput, CommandResult } from "./commands/command.ts";
import { helpText, overviewText } from "./commands/help.ts";
import { print, widthOf } from "./commands/view.ts";
import { JournalError, UsageError, UserError } from "./errors.ts";
import { processIo } from "./process.ts";
import { RemoteFailure } from "./remote-failure.ts";
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
    print(io, overviewText(await Promise.all(commandNames.map((known) => COMMANDS[known]())), widthOf(io)));
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
      print(io, helpText(command, widthOf(io)));
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
    const [stray] = positionals;
    if (stray !== undefined && command.takesName !== true)
      throw new UsageError(`${command.name} takes no argument ${plain(stray, 60)}; usage: ${command.usage}`);
    // A variable that is empty in a shell must not turn "only this account" into all of them.
    const empty = Object.entries(given).find(([, value]) => isEmpty(value))?.[0];
    if (empty !== undefined) throw new UsageError(`--${empty} is given, but empty; leave it out, or name something`);
    const { formats = ["human", "json"] } = command;
    const { format } = given;
    // Before anything is read or written: an apply must not end in a complaint about its output.
    if (typeof format === "string" && !formats.includes(format))
      throw new UsageError(`--format is ${plain(format, 60)}; expected ${formats.join(" or ")}`);
    return { home, io, options: given, arguments: positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = error instanceof Error ? error.message : "wrong options";
    const [, wrong = ""] = /Unknown option '(--?[^']+)'/.exec(message) ?? [];
    const near = nearest(wrong.replace(/^-+/, ""), Object.keys(options));
    const words = wrong === "" ? message : `${command.name} has no option ${plain(wrong, 60)}`;
    throw new UsageError(
      `${words}${near === undefined || wrong === "" ? "" : ` (did you mean --${near}?)`}; evenkeel ${command.name} --help lists them`,
    );
  }
}

function isEmpty(value: string | boolean | readonly string[] | undefined): boolean {
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.every((part) => /^[,\s]*$/.test(part));
}

function failed(error: unknown, io: Io): CommandResult {
  const view = { width: io.stderr.columns ?? 80, colour: useColour(io.env, io.stderr.isTerminal), verbose: false };
  if (error instanceof UserError) {
    io.stderr.write(problemsText(error.problems, new Map(), view));
    return { exit: 2, annotations: error.problems.map((problem) => ({ ...problem, level: "error" as const })) };
  }
  if (error instanceof UsageError) {
    io.stderr.write(`${plain(error.message, 2000)}\n`);
    return { exit: 2, error: error.message };
  }
  if (error instanceof JournalError) {
    io.stderr.write(
      `${plain(error.message, 1000)}\nNothing more was done. Run the same again: it goes on where this stopped.\n`,
    );
    return { exit: 3, error: error.message };
  }
  if (error instanceof RemoteFailure) {
    const remedy = error.remedy === undefined ? "" : `\nTo mend it: ${plain(error.remedy, 500)}`;
    io.stderr.write(`${plain(error.message, 1000)}${remedy}\n`);
    return { exit: 3, error: `${error.message}${remedy}` };
  }
  const file = fileProblem(error);
  if (file !== undefined) {
    io.stderr.write(`${plain(file.words, 1000)}\n`);
    return { exit: file.exit, error: file.words };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `This is a bug in Evenkeel ${VERSION}, not in your files. Nothing further was done.\n` +
      `Please report it with the lines below: https://github.com/evenkeel/evenkeel/issues/new\n\n${stack
        .split("\n")
        .map((line) => plain(line, 300))
        .join("\n")}\n`,
  );
  return { exit: 4, error: `This is a bug in Evenkeel ${VERSION}; the log has its trace.` };
}

/** What the operating system says of a file that the user named: wrong input, or, where the machine is at its end, a run that is incomplete. */
const FILE_ERRORS: Readonly<Record<string, { readonly words: string; readonly exit: 2 | 3 }>> = {
  EISDIR: { words: "is a folder", exit: 2 },
  ENOTDIR: { words: "leads through something that is no folder", exit: 2 },
  EEXIST: { words: "is there already, and is no folder", exit: 2 },
  EACCES: { words: "may not be read or written by this user", exit: 2 },
  EPERM: { words: "may not be read or written by this user", exit: 2 },
  ENOENT: { words: "is not there", exit: 2 },
  ENAMETOOLONG: { words: "is too long a name", exit: 2 },
  ELOOP: { words: "is a link that leads in a circle", exit: 2 },
  EROFS: { words: "is on a file system that cannot be written", exit: 2 },
  ENOSPC: { words: "could not be written: no space is left", exit: 3 },
  EDQUOT: { words: "could not be written: no space is left", exit: 3 },
  EMFILE: { words: "could not be opened: too many files are open", exit: 3 },
  EIO: { words: "could not be read or written (I/O error)", exit: 3 },
};

function fileProblem(error: unknown): { readonly words: string; readonly exit: 2 | 3 } | undefined {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return undefined;
  const { code } = error;
  const known = typeof code === "string" && Object.hasOwn(FILE_ERRORS, code) ? FILE_ERRORS[code] : undefined;
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  if (known === undefined || path === undefined) return undefined;
  return { words: `${path} ${known.words}`, exit: known.exit };
}
