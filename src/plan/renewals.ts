import type { CompiledPolicy } from "../catalogue/compiled.ts";
import { longestDays } from "../catalogue/exceptions.ts";
import { byPlace, daysAfter, daysUntil } from "../catalogue/exceptions-match.ts";
import { toJson } from "../json.ts";
import { hash } from "../scan/finding.ts";
import type { Exception, ExceptionEntry, ExceptionNote } from "../types/exception.ts";
import type { Finding } from "../types/scan.ts";
import type { ExceptedScan } from "./exceptions.ts";

/** An exception that ends soon, and what would renew it. */
export interface Renewal {
  readonly key: string;
  readonly exception: Exception;
  /** The new last day, `YYYY-MM-DD`. */
  readonly until: string;
  /** What fails and would no longer be excepted, at least one. */
  readonly findings: readonly Finding[];
}

/** An end that is longer ago is no news. */
const NEWS_DAYS = 30;

/**
 * Names an exception as it stands, by 16 hex digits: the file and all that the entry says, its last day too, but not the line, so that moving it
 * about makes no other. An entry that was edited is another exception, which nobody was asked about yet.
 */
export function exceptionKey(file: string, entry: ExceptionEntry): string {
  const { id, policy, match, reason, owner, ticket, expires } = entry;
  const path = file.replaceAll("\\", "/");
  return hash(toJson({ file: path, id, policy, match, reason, owner, ticket, expires })).slice(0, 16);
}

/**
 * The exceptions that end within 14 days and are needed: something fails that they alone cover. Those that end first come first. The new last day
 * is `days` after the old one, and never further from today than the catalogue allows. Pure; `now` is ISO 8601.
 */
export function renewalsDue(
  { findings, exceptions }: Pick<ExceptedScan, "findings" | "exceptions">,
  policies: ReadonlyMap<string, CompiledPolicy>,
  now: string,
  days: number,
): Renewal[] {
  const covered = Map.groupBy(findings, ({ excepted }) =>
    excepted === undefined ? "" : placeOf(excepted.file, excepted.line),
  );
  const due = exceptions.expiring.flatMap(({ exception }): Renewal[] => {
    const { file, line, policy, expires } = exception;
    const own = covered.get(placeOf(file, line)) ?? [];
    const furthest = daysAfter(now, longestDays(policies.get(policy)?.file.severity));
    const wanted = daysAfter(expires, days);
    const until = wanted < furthest ? wanted : furthest;
    if (own.length === 0 || until <= expires) return [];
    return [{ key: exceptionKey(file, exception), exception, until, findings: own }];
  });
  return due.sort((a, b) => byEnd(a.exception, b.exception));
}

/** The exceptions that ended lately, of which it was not told yet and without which something fails again; the last to end come first. */
export function newlyEnded(
  { exceptions }: Pick<ExceptedScan, "exceptions">,
  told: ReadonlySet<string>,
  now: string,
): (ExceptionNote & { readonly key: string })[] {
  return exceptions.expired
    .filter(({ exception, findings }) => findings > 0 && daysUntil(exception.expires, now) >= -NEWS_DAYS)
    .map((note) => ({ ...note, key: exceptionKey(note.exception.file, note.exception) }))
    .filter(({ key }) => !told.has(key))
    .sort((a, b) => byEnd(b.exception, a.exception));
}

function placeOf(file: string, line: number): string {
  return `${file}:${line}`;
}

function byEnd(a: Exception, b: Exception): number {
  return a.expires === b.expires ? byPlace(a, b) : a.expires < b.expires ? -1 : 1;
}
