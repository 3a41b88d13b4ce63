import { type LeftOpen, leftOpen, type Settled, settle } from "../apply/settle.ts";
import { plural } from "../report/words.ts";
import { plain } from "../text/plain.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Room } from "./apply-one.ts";
import type { CommandInput } from "./command.ts";
import { goOnline } from "./connection.ts";
import type { OpenJournal } from "./journal.ts";
import { printBeside } from "./view.ts";

/** Whether a run of today takes up what this approval of a plan began. */
export type GoesOn = Parameters<typeof leftOpen>[1];

/**
 * Writes down how changes ended that killed runs began and that nobody takes up again: their plan was reverted, or has expired, or was an automatic run's,
 * whose next scan sees nothing to do. AWS is only read. Gives the records to go on with. Where there is no such change nothing is asked of anybody, and
 * where another run applies it is left to the next. Errors: JournalError, and the journal's own.
 */
export async function settleLeft(
  room: Pick<Room, "input" | "ready"> & { readonly open: Pick<OpenJournal, "journal" | "claim"> },
  known: readonly JournalRecord[],
  goesOn: GoesOn,
): Promise<readonly JournalRecord[]> {
  const { input, ready, open } = room;
  const { io } = input;
  const { config, workspace } = ready;
  const accounts = new Set(config.accounts.map(({ id }) => id));
  // What is configured no more can never be read, and is no reason to take the claim.
  const find = (records: readonly JournalRecord[]): readonly LeftOpen[] =>
    leftOpen(records, goesOn, io.clock.now()).filter(
      ({ item }) => accounts.has(item.account) && workspace.catalogue.types.has(item.resource.type),
    );
  if (find(known).length === 0) return known;
  const claim = await open.claim();
  if ("heldBy" in claim) return known;
  const records = claim.waited ? (await open.journal.read()).records : known;
  const left = find(records);
  if (left.length === 0) return records;
  const online = goOnline(ready, io);
  try {
    const settled = await settle(left, {
      config,
      catalogue: workspace.catalogue,
      // A policy that this run was not asked for is not gone.
      policies: workspace.policies,
      reader: online.reader,
      journal: open.journal,
      models: workspace.models,
      cel: workspace.cel,
      clock: io.clock,
      homeRegion: online.homeRegion,
      run: online.run,
      hold: () => claim.hold(),
    });
    say(input, left, settled);
    return [...records, ...settled.written];
  } finally {
    online.connection.close();
  }
}

function say(input: CommandInput, left: readonly LeftOpen[], { written, unread, rest }: Settled): void {
  const line = (text: string): void => printBeside(input, text);
  const where = ({ item, plan }: LeftOpen): string =>
    `${item.policy} ${plain(item.resource.id, 100)} in ${item.account} (plan ${plan.slice(0, 12)})`;
  for (const { plan, approval, item: id, outcome, reason } of written) {
    const one = left.find((open) => open.plan === plan && open.approval === approval && open.item.id === id);
    if (one !== undefined)
      line(`left open by a run that was cut off: ${where(one)}: ${outcome}: ${plain(reason, 500)}`);
  }
  for (const one of unread) {
    line(`still open since a run was cut off: ${where(one.left)}: ${plain(one.reason, 500)}; the next run looks again`);
  }
  if (rest > 0)
    line(`${plural(rest, "change", "changes")} more that cut-off runs left open: the next run looks at them`);
}
