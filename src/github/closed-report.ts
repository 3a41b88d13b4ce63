import { closingNoted } from "../plan/snooze.ts";
import type { JournalNote } from "../types/journal.ts";
import type { GitHub } from "./client.ts";
import { absent } from "./errors.ts";
import { isWithdrawn, type Pull, pullOf } from "./pulls.ts";
import { readReportBranch } from "./report-branch.ts";

/** A report that a person closed without merging it. */
export interface ClosedReport {
  readonly pull: number;
  /** ISO 8601. */
  readonly closed: string;
  /** Login of who closed it. */
  readonly by: string;
  /** IDs of the items that it offered, also of those that reviewers had taken out; sorted. */
  readonly items: readonly string[];
}

export interface WhereClosed {
  readonly base: string;
  /** The plan file. */
  readonly path: string;
  readonly notes: readonly JournalNote[];
  /** Milliseconds since 1970; what was closed before it puts nothing off any more. */
  readonly after: number;
}

/**
 * The newest of a report's pull requests, where a person closed it and the journal does not have that yet. Undefined where we closed it, or another
 * program did: a tidying robot decides nothing for anybody. Costs no call unless there is something new to look at. Errors: GitHubError.
 */
export async function newlyClosed(
  github: GitHub,
  pulls: readonly Pull[],
  { base, path, notes, after }: WhereClosed,
): Promise<ClosedReport | undefined> {
  const [newest] = pulls;
  const { closed, number, headSha } = newest ?? {};
  if (newest === undefined || closed === undefined || number === undefined || headSha === undefined) return undefined;
  if (isWithdrawn(newest) || Date.parse(closed) <= after || closingNoted(notes, number, closed)) return undefined;
  // The list of pull requests does not say who closed them.
  const { data } = await github.rest.issues.get({ ...github.here, issue_number: number });
  const { closed_by: who } = data;
  if (who !== null && who !== undefined && who.type !== "User") return undefined;
  const { plan, declined, frozen } = await readReportBranch(github, headSha, base, path);
  // Closing is how one gets rid of a report that cannot be brought up to date any more: it asks for a fresh one.
  if (frozen !== undefined || plan === undefined || plan.header.kind !== "remediate") return undefined;
  const items = [...new Set([...plan.items.map(({ id }) => id), ...declined])].sort();
  return items.length === 0 ? undefined : { pull: number, closed, by: who?.login ?? "somebody", items };
}

/** When pull requests were closed without a merge; undefined for those that are open, merged or gone. A call for each that is not `known`. Errors: GitHubError. */
export async function closingsOf(
  github: GitHub,
  numbers: Iterable<number>,
  known: readonly Pull[],
): Promise<ReadonlyMap<number, string | undefined>> {
  const closings = new Map(known.map(({ number, closed }) => [number, closed]));
  for (const number of numbers) {
    if (closings.has(number)) continue;
    const found = await absent(github.rest.pulls.get({ ...github.here, pull_number: number }));
    closings.set(number, found === undefined ? undefined : pullOf(found.data).closed);
  }
  return closings;
}
