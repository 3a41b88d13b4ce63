import { GitHubError } from "../github/errors.ts";
import { upsertIssue } from "../github/issue.ts";
import type { Grace } from "../plan/grace.ts";
import type { Snoozes } from "../plan/snooze.ts";
import type { StandingState } from "../report/automatic-section.ts";
import { DASHBOARD_MARKER, DASHBOARD_TITLE, dashboardBody, sameDashboard } from "../report/dashboard.ts";
import { policyInfos } from "../report/options.ts";
import type { ReportState } from "../report/report-state.ts";
import { plain } from "../text/plain.ts";
import type { Hub } from "./hub.ts";
import type { Scanned } from "./scanning.ts";

export interface Stand {
  readonly reports: readonly ReportState[];
  readonly snoozes: Snoozes;
  readonly grace: Grace;
  readonly standing: StandingState;
  /** The run looked at a part, which must not pass for the whole. */
  readonly narrowed: boolean;
}

/**
 * Brings the dashboard up to date; gives a line for the log, and whether it tells of trouble. The reports stand by then, so that what GitHub refuses here is told and fails
 * nothing.
 */
export async function writeDashboard(
  { github }: Hub,
  { ready, result, now }: Scanned,
  { narrowed, ...stand }: Stand,
): Promise<{ readonly said: string; readonly trouble: boolean }> {
  if (narrowed) return { said: "Dashboard left as it is: this run looked at a part only.", trouble: false };
  const body = dashboardBody({ ...stand, scan: result, policies: policyInfos(ready.policies), scannedAt: now });
  try {
    const text = { marker: DASHBOARD_MARKER, title: DASHBOARD_TITLE, body, same: sameDashboard };
    const { action, url } = await upsertIssue(github, text);
    return { said: `Dashboard ${action}: ${plain(url, 300)}`, trouble: false };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const remedy = error.remedy === undefined ? "" : `; to mend it: ${plain(error.remedy, 300)}`;
    return { said: `Dashboard not written: ${error.message}${remedy}`, trouble: true };
  }
}
