import { commentUnlessThere } from "../github/comment.ts";
import { GitHubError } from "../github/errors.ts";
import { knownIssue } from "../github/issue.ts";
import { type Grace, graceOf } from "../plan/grace.ts";
import { DASHBOARD_MARKER } from "../report/dashboard.ts";
import {
  type GraceNotice,
  noticeComment,
  noticeMarkdown,
  noticeMarker,
  noticeVerdict,
  untoldNotices,
} from "../report/grace-notice.ts";
import { plural } from "../report/words.ts";
import { plain } from "../text/plain.ts";
import type { Journal, JournalNote } from "../types/journal.ts";
import type { Plan } from "../types/plan.ts";
import type { Hub } from "./hub.ts";
import type { Scanned } from "./scanning.ts";

/** GitHub's clock and ours need not agree to the hour. */
const SKEW_MS = 86_400_000;

/** Where findings stand in their grace, after what the journal knows and this scan saw. Writes nothing. */
export function graceOfScan({ ready, result, now }: Scanned, notes: readonly JournalNote[], run: string): Grace {
  const { config, policies: configured } = ready.workspace;
  const allRegions = ready.config.regions === config?.regions;
  const scope = { scanned: ready.policies, configured, allRegions };
  return graceOf({ notes, scan: result, scope, now, run });
}

/** Grace that is safe in the journal. */
export interface KeptGrace extends Grace {
  /** All that the journal says by now. */
  readonly known: readonly JournalNote[];
}

/** The same, written to the journal by one append: nothing may be proposed before that is safe. Errors: as the journal's. */
export async function keepGrace(
  scanned: Scanned,
  journal: Journal,
  notes: readonly JournalNote[],
  run: string,
): Promise<KeptGrace> {
  const grace = graceOfScan(scanned, notes, run);
  if (grace.notes.length > 0) await journal.append(grace.notes);
  return { ...grace, known: [...notes, ...grace.notes] };
}

export interface Told {
  /** A line for the log, "" where there is nothing to tell. */
  readonly said: string;
  /** Markdown for the step's summary: what no comment holds. */
  readonly summary: string;
}

/**
 * Tells of each stage once: in a comment on the dashboard, else in the step's summary. That a notice was given is noted after it was; a run that is
 * killed in between finds its comment. What GitHub refuses is told by the next run. Errors: as the journal's.
 */
export async function tellGrace(
  { github, context }: Hub,
  {
    grace,
    journal,
    now,
    dashboard,
  }: { readonly grace: KeptGrace; readonly journal: Journal; readonly now: string; readonly dashboard: boolean },
): Promise<Told> {
  const notices = untoldNotices(grace.known, grace);
  const rows = [...new Set(notices.flatMap((notice) => notice.rows))];
  const given: string[] = [];
  let trouble = "";
  try {
    const issue = dashboard && rows.length > 0 ? await knownIssue(github, DASHBOARD_MARKER) : undefined;
    for (const notice of notices) {
      if (notice.rows.length > 0 && dashboard) {
        if (issue === undefined) continue;
        await comment(github, issue, notice);
      }
      given.push(notice.key);
    }
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    trouble = `; not told on the dashboard: ${plain(error.message, 300)}`;
  }
  const { run } = context;
  if (given.length > 0) await journal.append([{ record: "told", at: now, run, notices: given }], "later");
  if (rows.length === 0) return { said: "", summary: "" };
  const onDashboard = dashboard && given.length === notices.length;
  return {
    said: `${noticeVerdict(rows)}${onDashboard ? "; told on the dashboard" : trouble}.`,
    summary: onDashboard ? "" : noticeMarkdown(rows),
  };
}

function comment(github: Hub["github"], issue: number, notice: GraceNotice): Promise<void> {
  const since = new Date(Date.parse(notice.at) - SKEW_MS).toISOString();
  return commentUnlessThere(github, issue, noticeMarker(notice.key), () => noticeComment(notice), since);
}

/** For who plans without the journal of the reports: which fixes a report would not propose yet. "" where there are none. */
export function uncountedGrace({ ready }: Scanned, plans: readonly Plan[]): string {
  const graces = new Map(
    ready.policies.flatMap(({ policy, account, grace }) =>
      grace === undefined ? [] : [[`${policy.file.id} ${account.id}`, `${policy.file.id} after ${grace}`]],
    ),
  );
  const found = plans.flatMap(({ items }) =>
    items.flatMap(({ policy, account }) => graces.get(`${policy} ${account}`) ?? []),
  );
  if (found.length === 0) return "";
  const which = [...new Set(found)].sort().join(", ");
  const fixes = plural(found.length, "of these fixes has", "of these fixes have");
  return `${fixes} a grace (${which}), which is not counted here: a report proposes ${found.length === 1 ? "it" : "them"} only when that is over.`;
}
