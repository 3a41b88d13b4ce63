import type { Problem } from "../errors.ts";
import { isArray } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { Severity } from "../types/catalogue.ts";
import type { Exception, ExceptionEntry } from "../types/exception.ts";
import type { CompiledCatalogue } from "./compiled.ts";
import { byPlace, daysAfter, daysUntil, hasTags } from "./exceptions-match.ts";
import type { ExceptionFile } from "./files.ts";
import { checkForm } from "./form.ts";
import { type Path, readSource, type Source } from "./source.ts";

/** How far ahead an exception may reach, in days from today: nobody answers today for what will be right in a year. */
export function longestDays(severity: Severity | undefined): number {
  return severity === "critical" ? 90 : 180;
}

export interface LoadedExceptions {
  /** Sorted by file and line; expired ones too. */
  readonly exceptions: readonly Exception[];
  readonly problems: readonly Problem[];
}

export interface ExceptionsInput {
  readonly files: readonly ExceptionFile[];
  readonly catalogue: CompiledCatalogue;
  /** IDs of policies that were read but are wrong: naming one is no second problem. */
  readonly brokenPolicies: readonly string[];
  /** IDs of the configured accounts; undefined where there is no configuration to ask. */
  readonly accounts: readonly string[] | undefined;
  /** ISO 8601. */
  readonly now: string;
}

/**
 * Reads the texts below `exceptions/` and checks them by form and meaning, all problems at once. An expired exception is no problem: what it
 * covered simply fails again, and reports say so.
 */
export function loadExceptions(input: ExceptionsInput): LoadedExceptions {
  const problems: Problem[] = [];
  const exceptions: Exception[] = [];
  const ids = new Map<string, Exception>();
  for (const { file, text } of input.files) {
    const { source, problems: unread } = readSource(file, text);
    problems.push(...unread);
    if (source === undefined) continue;
    const { value, problems: wrong } = checkForm("exceptions", source);
    problems.push(...wrong);
    if (value === undefined) continue;
    for (const { entry, path } of entriesOf(value, source)) {
      const problem = (where: Path, at: "key" | "value", message: string, near?: string): void => {
        problems.push({ file, ...source.locate([...path, ...where], at), message, nearest: near });
      };
      const exception: Exception = { ...entry, file, line: source.locate([...path, "policy"], "key").line };
      checkEntry(entry, input, problem);
      const other = entry.id === undefined ? undefined : ids.get(entry.id);
      if (other !== undefined)
        problem(["id"], "value", `\`${entry.id}\` is the ID of ${other.file}:${other.line} already`);
      else if (entry.id !== undefined) ids.set(entry.id, exception);
      exceptions.push(exception);
    }
  }
  return { exceptions: exceptions.sort(byPlace), problems };
}

/** The entries of a file whose form is right, each with its place in the YAML. */
export function entriesOf(
  value: ExceptionEntry | readonly ExceptionEntry[],
  source: Source,
): readonly { readonly entry: ExceptionEntry; readonly path: Path }[] {
  // Asked of the JSON, since `Array.isArray` does not narrow a union with a read-only list.
  const many = isArray(source.value);
  const entries: readonly ExceptionEntry[] = "policy" in value ? [value] : value;
  return entries.map((entry, index) => ({ entry, path: many ? [index] : [] }));
}

function checkEntry(
  { policy: id, match, expires }: ExceptionEntry,
  { catalogue, brokenPolicies, accounts, now }: ExceptionsInput,
  problem: (path: Path, at: "key" | "value", message: string, near?: string) => void,
): void {
  const policy = catalogue.policies.get(id);
  if (policy === undefined && !brokenPolicies.includes(id)) {
    problem(["policy"], "value", `unknown policy \`${id}\``, nearest(id, catalogue.policies.keys()));
  }
  if (match.account !== undefined && accounts !== undefined && !accounts.includes(match.account)) {
    const message = `account ${match.account} is not configured`;
    problem(["match", "account"], "value", message, nearest(match.account, accounts));
  }
  // A pattern would match nothing, silently: it is refused, so that nobody believes in it.
  const exact = "matching is exact: `*` stands for nothing but itself";
  if (match.resource?.includes("*") === true) problem(["match", "resource"], "value", exact);
  for (const [key, value] of Object.entries(match.tag ?? {})) {
    if (value.includes("*")) problem(["match", "tag", key], "value", exact);
  }
  if (match.tag !== undefined && policy !== undefined && !hasTags(policy.type)) {
    problem(["match", "tag"], "key", `\`${policy.type.file.type}\` has no tags; name the resource`);
  }
  const wrong = wrongDate(expires, policy?.file.severity, now);
  if (wrong !== undefined) problem(["expires"], "value", wrong);
}

function wrongDate(date: string, severity: Severity | undefined, now: string): string | undefined {
  const time = Date.parse(`${date}T00:00:00.000Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) return `${date} is no date`;
  const longest = longestDays(severity);
  const days = daysUntil(date, now);
  if (days <= longest) return undefined;
  const why = severity === "critical" ? "of a critical policy " : "";
  return `an exception ${why}may hold for ${longest} days, today to ${daysAfter(now, longest)}; this is ${days} days ahead`;
}
