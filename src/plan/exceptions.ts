import type { EffectivePolicy } from "../catalogue/compiled.ts";
import {
  byPlace,
  coverOf,
  daysUntil,
  hasTags,
  holds,
  matchesPlace,
  matchesTags,
  type Subject,
} from "../catalogue/exceptions-match.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import type { Failing, ScanResult } from "../scan/scan.ts";
import type { Excepted, Exception, ExceptionNote, ExceptionsState } from "../types/exception.ts";
import type { HeldItem } from "../types/plan.ts";
import type { Coverage, FieldState, Finding } from "../types/scan.ts";
import type { Built } from "./item.ts";

/** An exception that ends so soon is told of, so that it can be renewed or its resource mended in time. */
export const EXPIRING_DAYS = 14;
const READS_AT_ONCE = 8;

/** A scan whose failing findings say by which exception they are covered. */
export type ExceptedScan = ScanResult & { readonly exceptions: ExceptionsState };

/** What the scan was to look at, and what the configuration runs: tells whether an exception that met nothing is really unused. */
export interface ExceptionScope {
  readonly scanned: readonly EffectivePolicy[];
  readonly configured: readonly EffectivePolicy[];
  /** Whether all configured regions were scanned. */
  readonly allRegions: boolean;
}

/**
 * Reads the tags of failing resources where it hangs on them whether an exception matches. To be called while the connection of the scan
 * is open; only failing resources cost a call, and only those that an exception with tags may be about.
 */
export async function readTags(failing: readonly Failing[], exceptions: readonly Exception[]): Promise<void> {
  const byTag = exceptions.filter(({ match }) => match.tag !== undefined);
  const views = new Set(
    failing.filter(({ finding }) => byTag.some((one) => matchesPlace(one, finding))).map(({ view }) => view),
  );
  const tagged = [...views].filter((view) => hasTags(view.unit.type));
  await forEachConcurrent(tagged, READS_AT_ONCE, (view) => view.fetch("Tags"));
}

/**
 * Marks the failing findings that exceptions in force cover, and tells what became of every exception. Nothing is hidden: a finding that is
 * excepted still fails. A resource whose tags could not be read is not excepted. Pure; `now` is ISO 8601.
 */
export function exceptFindings(
  result: ScanResult,
  exceptions: readonly Exception[],
  scope: ExceptionScope,
  now: string,
): ExceptedScan {
  const inForce = exceptions.filter((one) => holds(one, now));
  const marked = new Map<string, Finding>();
  const unreadable = new Map<Exception, { findings: number; message: string }>();
  for (const failing of result.failing) {
    const { finding } = failing;
    const cover = coverOf(inForce, finding, () => tagsOf(failing));
    if (cover.kind === "excepted") marked.set(finding.id, { ...finding, excepted: exceptedBy(cover.exception) });
    if (cover.kind !== "unknown") continue;
    const known = unreadable.get(cover.exception);
    const message = known === undefined || cover.message < known.message ? cover.message : known.message;
    unreadable.set(cover.exception, { findings: (known?.findings ?? 0) + 1, message });
  }
  const note = (exception: Exception): ExceptionNote => ({ exception, findings: matched(exception, result.failing) });
  // What another exception covers by now does not fail for want of this one.
  const bare = result.failing.filter(({ finding }) => !marked.has(finding.id));
  const missed = (exception: Exception): ExceptionNote => ({ exception, findings: matched(exception, bare) });
  const ending = inForce.filter(({ expires }) => daysUntil(expires, now) <= EXPIRING_DAYS);
  const state: ExceptionsState = {
    excepted: marked.size,
    expiring: inFileOrder(ending.map(note)),
    expired: inFileOrder(exceptions.filter((one) => !holds(one, now)).map(missed)),
    unused: inFileOrder(inForce.flatMap((exception) => unusedOf(exception, result, scope))),
    unreadable: inFileOrder([...unreadable].map(([exception, rest]) => ({ exception, ...rest }))),
  };
  return {
    ...result,
    findings: result.findings.map((finding) => marked.get(finding.id) ?? finding),
    failing: result.failing.map((one) => ({ ...one, finding: marked.get(one.finding.id) ?? one.finding })),
    exceptions: state,
  };
}

/** In place of what would have been planned, or held back for another reason: the exception is the first. */
export function heldByException(built: Built, excepted: Excepted): HeldItem {
  const { id, policy, account, region, resource } = "item" in built ? built.item : built.held;
  return { id, policy, account, region, resource, outcome: "excepted", reason: exceptedWords(excepted) };
}

/** Why an item is left alone. Without the place in the file, so that moving an exception about makes no new plan. */
export function exceptedWords({ reason, owner, ticket, expires }: Omit<Excepted, "file" | "line">): string {
  return `excepted until ${expires} by ${owner}: ${reason}${ticket === undefined ? "" : ` (${ticket})`}`;
}

function exceptedBy({ reason, owner, ticket, expires, file, line }: Exception): Excepted {
  return { reason, owner, ...(ticket === undefined ? {} : { ticket }), expires, file, line };
}

function tagsOf({ view }: Failing): FieldState | undefined {
  return hasTags(view.unit.type) ? view.state("Tags") : undefined;
}

/** How many failing findings the exception matches for certain, whether it is in force or not. */
function matched(exception: Exception, failing: readonly Failing[]): number {
  return failing.filter((one) => matchOf(exception, one) === "yes").length;
}

function matchOf(exception: Exception, failing: Failing): "yes" | "no" | "unknown" {
  const { tag } = exception.match;
  if (!matchesPlace(exception, failing.finding)) return "no";
  return matchesTags(tag, tag === undefined ? undefined : tagsOf(failing));
}

/** Only what is certain is told: nothing may be left unread that the exception could be about. */
function unusedOf(
  exception: Exception,
  { findings, failing, coverage }: ScanResult,
  scope: ExceptionScope,
): ExceptionsState["unused"] {
  const { policy, match } = exception;
  const concerned = ({ policy: runs, account }: EffectivePolicy): boolean =>
    runs.file.id === policy && (match.account === undefined || match.account === account.id);
  const runs = scope.configured.filter(concerned);
  if (runs.length === 0) {
    const where = match.account === undefined ? "any configured account" : `account ${match.account}`;
    return [{ exception, why: `its policy does not run in ${where}` }];
  }
  const scanned = new Set(scope.scanned.filter(concerned).map(({ account }) => account.id));
  const whole = scope.allRegions && runs.every(({ account }) => scanned.has(account.id));
  if (!whole || coverage.gaps.some((gap) => hides(gap, exception))) return [];
  if (failing.some((one) => matchOf(exception, one) !== "no")) return [];
  const named = findings.filter((finding) => matchesPlace(exception, subjectOf(finding)));
  if (named.some(({ status }) => status === "unknown")) return [];
  if (named.length === 0) return [{ exception, why: "there is no such resource" }];
  if (match.tag !== undefined) return [{ exception, why: "nothing that fails has such tags" }];
  return [{ exception, why: "what it names does not fail" }];
}

function subjectOf({ policy, account, region, resource }: Finding): Subject {
  return { policy, account, region, resource };
}

/** By account only: a gap's region is that of the call, which for global types is not that of the resource. */
function hides(gap: Coverage["gaps"][number], { policy, match }: Exception): boolean {
  return gap.policies.includes(policy) && (match.account === undefined || match.account === gap.account);
}

function inFileOrder<T extends { readonly exception: Exception }>(notes: readonly T[]): T[] {
  return [...notes].sort((a, b) => byPlace(a.exception, b.exception));
}
