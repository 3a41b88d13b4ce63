import { standingApplications } from "../apply/applications.ts";
import { waitingUndos } from "../github/undo-plans.ts";
import { heldAfterUndo } from "../plan/flap.ts";
import type { Io } from "../types/io.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import type { Finding } from "../types/scan.ts";
import type { Hub } from "./hub.ts";
import type { Scanned } from "./scanning.ts";

/**
 * What this scan would propose although it was taken back lately, or is about to be. GitHub is asked only where something that was applied, and not taken
 * back, fails again. Errors: GitHubError.
 */
export async function afterUndo(
  hub: Hub,
  scanned: Scanned,
  records: readonly JournalRecord[],
  { clock }: Io,
): Promise<ReturnType<typeof heldAfterUndo>> {
  return heldAfterUndo(records, clock.now(), await pendingUndos(hub, scanned, records, clock.now()));
}

/** ID of an item whose change an undo plan waits to take back -> that plan, in words. */
async function pendingUndos(
  { github }: Hub,
  { ready: { config }, result }: Scanned,
  records: readonly JournalRecord[],
  now: number,
): Promise<ReadonlyMap<string, string>> {
  const failing = new Set(result.failing.map(({ finding }) => placeOf(finding)));
  const failed = standingApplications(records).filter(({ item }) => failing.has(placeOf(item)));
  const pending = new Map<string, string>();
  if (failed.length === 0) return pending;
  // `undo-` and the beginning of the plan's digest, or of the first item's ID.
  const wanted = (scope: string): boolean => {
    const [, name] = /^undo-([0-9a-f]{8,})$/.exec(scope) ?? [];
    if (name === undefined) return false;
    return failed.some(({ plan, item }) => plan.startsWith(name) || item.id.startsWith(name.slice(0, 8)));
  };
  const { branch_prefix: branchPrefix, plan_path: folder } = config.report;
  for (const { plan, pull } of await waitingUndos(github, { branchPrefix, folder }, wanted)) {
    if (Date.parse(plan.header.expires) <= now) continue;
    const where = pull === undefined ? `the merged plan ${plan.header.scope}` : `undo plan #${pull}`;
    for (const { undoes } of plan.items) {
      if (undoes !== undefined && failed.some(({ item }) => item.id === undoes)) pending.set(undoes, where);
    }
  }
  return pending;
}

function placeOf({ policy, account, region, resource }: PlanItem | Finding): string {
  return JSON.stringify([policy, account, region, resource.type, resource.id, resource.identity]);
}
