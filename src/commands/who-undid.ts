import { lastChange } from "../aws/last-change.ts";
import { sessionName } from "../aws/session-name.ts";
import { applications } from "../plan/flap.ts";
import type { LastChange } from "../types/aws.ts";
import type { Io } from "../types/io.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import { goOnline } from "./connection.ts";
import type { Ready } from "./workspace.ts";

/** A few calls for each: CloudTrail answers two a second, and whoever undoes one thing mostly undoes the others. */
const MOST = 5;

/** Who last changed each of these items' resources since we fixed them, by the items' IDs. It informs and decides nothing: nothing is thrown. */
export async function whoUndid(
  ready: Ready,
  io: Io,
  items: readonly PlanItem[],
  records: readonly JournalRecord[],
): Promise<ReadonlyMap<string, LastChange>> {
  const found = new Map<string, LastChange>();
  if (items.length === 0) return found;
  const fixed = applications(records);
  const ours = ownSessions(ready, records);
  const { connection } = goOnline(ready, io);
  try {
    for (const [index, { id, account, region, resource }] of items.entries()) {
      const since = new Date(Math.max(0, ...(fixed.get(id) ?? []))).toISOString();
      const asked = { account, region, id: resource.id, since };
      found.set(
        id,
        index < MOST ? await lastChange(connection, asked, ours) : { why: `a run looks up ${MOST} such items at most` },
      );
    }
  } finally {
    connection.close();
  }
  return found;
}

/** Our role, under a session name that the journal knows: the name alone anybody could choose. */
function ownSessions({ config }: Ready, records: readonly JournalRecord[]): (principal: string) => boolean {
  const names = new Set(records.map(({ run, plan }) => sessionName(`${run}-${plan.slice(0, 12)}`)));
  const role = config.roles.remediate.name.split("/").at(-1);
  return (principal) => {
    const [, assumed, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(principal) ?? [];
    return assumed === role && session !== undefined && names.has(session);
  };
}
