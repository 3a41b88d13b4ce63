import type { ParseArgsConfig } from "node:util";
import type { Problem } from "../errors.ts";
import type { Home, Io } from "../types/io.ts";

/** 0 clean, 1 findings (when asked to fail on them), 2 wrong input, 3 incomplete (something could not be read or done), 4 internal error. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export interface CommandInput {
  readonly home: Home;
  readonly io: Io;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly arguments: readonly string[];
}

export interface CommandResult {
  readonly exit: ExitCode;
  /** For the Action: its outputs, by the names in action.yml. Only counts, digests, numbers and paths, never text from AWS. */
  readonly outputs?: Readonly<Record<string, string | number>>;
  /** For the Action: Markdown for the step summary. */
  readonly summary?: string;
  /** Why it came to nothing, in words, where no line of a file is to blame. */
  readonly error?: string;
  /** For the Action: annotations on lines of policies. */
  readonly annotations?: readonly (Problem & { readonly level: "error" | "warning" | "notice" })[];
}

export type OptionTable = NonNullable<ParseArgsConfig["options"]>;

export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** `evenkeel plan [options]`. */
  readonly usage: string;
  /** What it does, for `--help`. */
  readonly about: string;
  readonly example: string;
  /** Whether a name may follow the command; words that would have no effect are refused. */
  readonly takesName?: boolean;
  /** What `--format` may be; `human` and `json` unless told. */
  readonly formats?: readonly string[];
  readonly options: OptionTable;
  /** What each option means. */
  readonly help: Readonly<Record<string, string>>;
  run(input: CommandInput): Promise<CommandResult>;
}

/** Options that several commands share. */
export const CONFIG_OPTION = { config: { type: "string" } } as const satisfies OptionTable;
export const FORMAT_OPTION = { format: { type: "string" } } as const satisfies OptionTable;
export const CHOICE_OPTIONS = {
  accounts: { type: "string", multiple: true },
  regions: { type: "string", multiple: true },
  policies: { type: "string", multiple: true },
} as const satisfies OptionTable;

export const SHARED_HELP = {
  config: "configuration file (evenkeel.yaml)",
  format: "human or json (human)",
  accounts: "only these accounts, by ID or name (comma-separated, repeatable)",
  regions: "only these regions",
  policies: "only these policies; s3_* takes all that begin so",
  "fail-on-findings": "exit with 1 when something fails",
  verbose: "show everything, cut nothing",
  journal:
    "journal file, whatever the configuration names (.evenkeel/journal.jsonl; in a GitHub Actions job the branch evenkeel/journal)",
} as const;

export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}

/** A repeatable, comma-separated option; undefined where it is not given. */
export function list(input: CommandInput, name: string): readonly string[] | undefined {
  const value = input.options[name];
  if (!Array.isArray(value)) return undefined;
  const items = value.flatMap((part: unknown) => String(part).split(/[,\s]+/)).filter((part) => part !== "");
  return items.length === 0 ? undefined : items;
}
