import type { Check, CheckId } from "./check.ts";
import { type DoctorReport, securityBlockers } from "./doctor.ts";

/** What the repository's settings are worth to somebody who is about to apply what was merged. */
export interface Gate {
  /** Wrong, and not allowed by name: nothing may be applied. */
  readonly wrong: readonly Check[];
  /**
   * Not known: the token may not look. A job's own token sees neither who bypasses a ruleset nor whether Actions may approve, so that this alone
   * stops nothing; it makes a merge worth less, and is told wherever that is told.
   */
  readonly unread: readonly Check[];
  /** Allowed by name, whatever was found. */
  readonly allowed: readonly Check[];
}

export function gateOf(report: DoctorReport, allowUnsafe: readonly CheckId[]): Gate {
  const blockers = securityBlockers(report, allowUnsafe);
  return {
    wrong: blockers.filter(({ status }) => status === "wrong"),
    unread: blockers.filter(({ status }) => status === "unknown"),
    allowed: report.checks.filter(({ id }) => allowUnsafe.includes(id)),
  };
}
