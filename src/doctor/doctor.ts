import { branchChecks, journalCheck } from "./branch.ts";
import { type Check, type CheckId, checkIds, ok, wrong } from "./check.ts";
import { codeOwnersCheck } from "./codeowners.ts";
import type { DoctorFacts } from "./facts.ts";
import { ownChecks, repositoryChecks } from "./repository.ts";
import { workflowChecks } from "./workflow-checks.ts";

export interface DoctorReport {
  readonly repository: string;
  readonly branch: string;
  /** Every check, those on security first, in the order of `CHECKS`. */
  readonly checks: readonly Check[];
}

/** Judges what was read. Pure: the same facts give the same report. */
export function diagnose(facts: DoctorFacts): DoctorReport {
  const { settings } = facts;
  const checks = [
    ...branchChecks(settings.branch),
    codeOwnersCheck(facts),
    ...repositoryChecks(facts),
    ...workflowChecks(facts),
    ...ownChecks(facts),
    ...journalChecks(facts),
  ];
  const all = [...checks, readsCheck(checks)];
  all.sort((a, b) => checkIds.indexOf(a.id) - checkIds.indexOf(b.id));
  return { repository: settings.repository, branch: settings.branch.branch, checks: all };
}

/** The gate of apply does not read what protects the journal's branch. */
function journalChecks({ bucket, settings: { journal } }: DoctorFacts): readonly Check[] {
  if (bucket !== undefined) return [ok("journal-branch", `no such branch is needed: the journal is in ${bucket}`)];
  return journal === undefined ? [] : [journalCheck(journal)];
}

function readsCheck(checks: readonly Check[]): Check {
  const unread = checks.filter(({ status }) => status === "unknown");
  if (unread.length === 0) return ok("token-reads", "all was read");
  return wrong(
    "token-reads",
    `${unread.length} of ${checks.length} checks could not be made: ${unread.map(({ id }) => id).join(", ")}`,
    `${[...new Set(unread.map(({ mend }) => mend))].join("; ")}. A job's own token cannot hold administration: read`,
  );
}

/** Checks on security that are not as they should be, wrong or not known, without those that were allowed by name. */
export function securityBlockers(report: DoctorReport, allowUnsafe: readonly CheckId[]): readonly Check[] {
  return report.checks.filter(
    ({ id, group, status }) => group === "security" && status !== "ok" && !allowUnsafe.includes(id),
  );
}

/** 1 where something on security is wrong, 3 where something on it could not be read, 0 where all of it is as it should be or allowed. */
export function doctorExit(report: DoctorReport, allowUnsafe: readonly CheckId[]): 0 | 1 | 3 {
  const blockers = securityBlockers(report, allowUnsafe);
  if (blockers.some(({ status }) => status === "wrong")) return 1;
  return blockers.length > 0 ? 3 : 0;
}
