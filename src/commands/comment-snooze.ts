import type { GitHub } from "../github/client.ts";
import { newlyClosed } from "../github/closed-report.ts";
import type { CommentCommand } from "../github/comment-command.ts";
import { idsNamed, itemsOffered, openReport, takeOutSnoozed } from "../github/decline.ts";
import type { CommentEvent } from "../github/event.ts";
import { seconds } from "../plan/calls.ts";
import { isSnooze, minute, snoozesAt } from "../plan/snooze.ts";
import { code, inline } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import type { Config } from "../types/catalogue.ts";
import type { JournalNote, SnoozeNote } from "../types/journal.ts";
import type { CommandInput } from "./command.ts";
import type { Answer, CommentedReport } from "./comment.ts";
import { openJournal } from "./journal.ts";
import { journalFrom } from "./journal-from.ts";

/** What was asked for, by whom, and where. */
export interface Asked<K extends "snooze" | "unsnooze"> {
  readonly event: CommentEvent;
  readonly place: CommentedReport;
  readonly config: Config;
  /** Names this attempt in the journal. */
  readonly run: string;
  readonly command: CommentCommand & { readonly kind: K };
}

const DAY_MS = 86_400_000;
const refused = (why: string): Answer => ({ done: false, reply: `Nothing was done: ${inline(why, 1000)}.` });

/**
 * Puts items off, and takes their lines out of the open plan. The note comes first: where the job is killed in between, the next report leaves the items out by
 * itself. Run again, it finds its own note and goes on. Errors: GitHubError, those of the journal.
 */
export async function snooze(input: CommandInput, github: GitHub, asked: Asked<"snooze">): Promise<Answer> {
  const { place, config, command } = asked;
  const days = command.days ?? seconds(config.report.snooze) / 86_400;
  const noted = await noteItems(input, asked, days * DAY_MS, async () => {
    const report = await openReport(github, place);
    if ("why" in report) return report;
    if (report.plan.header.kind === "undo") return { why: "an undo is proposed once, so there is nothing to put off" };
    return itemsOffered(report, command.items);
  });
  if ("why" in noted) return refused(noted.why);
  const taken = await takeOutSnoozed(github, place, noted.items);
  const left = taken.done
    ? `${taken.left} left in this plan`
    : `their lines could not be taken out of this plan: ${inline(taken.why, 500)}`;
  const because = command.reason === "" ? "" : ` Reason: ${inline(command.reason, 1000)}`;
  return {
    done: true,
    reply: `Snoozed until ${minute(noted.until)}: ${ids(noted)}; ${left}. No report proposes it before; ${code("/unsnooze")} ends that.${because}`,
  };
}

/** Ends what puts items off, whoever asked for it and on whichever report. Run again, it finds its own note. Errors: GitHubError, those of the journal. */
export async function unsnooze(input: CommandInput, github: GitHub, asked: Asked<"unsnooze">): Promise<Answer> {
  const { place, config, command } = asked;
  const noted = await noteItems(input, asked, 0, async (notes) => {
    const now = input.io.clock.now();
    // A report that was closed just now is noted by the next run only: it can be had back before, too.
    const after = now - seconds(config.report.snooze) * 1000;
    const closed = await newlyClosed(github, [place.pull], { base: place.base, path: place.path, notes, after });
    const known = [...snoozesAt(notes, now).keys(), ...(closed?.items ?? [])];
    return idsNamed(command.items, known, "nothing is snoozed that begins with");
  });
  if ("why" in noted) return refused(noted.why);
  return {
    done: true,
    reply: `Not snoozed any more: ${ids(noted)}. The next report proposes it again if it still fails.`,
  };
}

/** Writes down what a comment asks for, once: an earlier attempt's note is taken as it is. `choose`: the whole IDs it is about, or why there are none. */
async function noteItems(
  input: CommandInput,
  asked: Asked<"snooze" | "unsnooze">,
  forMs: number,
  choose: (notes: readonly JournalNote[]) => Promise<{ readonly items: readonly string[] } | { readonly why: string }>,
): Promise<SnoozeNote | { readonly why: string }> {
  const away = journalAway(asked.config);
  if (away !== undefined) return { why: away };
  const { journal, close } = await openJournal(input, "write", journalFrom(input));
  try {
    const { notes } = await journal.read();
    const known = noteOf(asked.event, notes);
    if (known !== undefined) return known;
    const chosen = await choose(notes);
    if ("why" in chosen) return chosen;
    const note = newNote(input, asked, { items: chosen.items, forMs });
    await journal.append([note]);
    return note;
  } finally {
    await close();
  }
}

/** Why this job cannot write to the journal, in plain words; undefined where it can. A bucket takes credentials of AWS, which a job for comments must not have. */
export function journalAway({ journal }: Pick<Config, "journal">): string | undefined {
  if (journal === undefined) return undefined;
  return "the journal is in an S3 bucket, and this job has no credentials of AWS to write there; use /reject, or close the report without merging, which puts off all of it";
}

/** What an earlier attempt at this very comment noted. */
function noteOf(event: CommentEvent, notes: readonly JournalNote[]): SnoozeNote | undefined {
  return notes.filter(isSnooze).find(({ comment }) => comment === event.comment);
}

function newNote(
  input: CommandInput,
  { event, run, command }: Asked<"snooze" | "unsnooze">,
  { items, forMs }: { readonly items: readonly string[]; readonly forMs: number },
): SnoozeNote {
  const since = Date.parse(event.createdAt);
  return {
    record: "snooze",
    at: new Date(input.io.clock.now()).toISOString(),
    run,
    since: new Date(since).toISOString(),
    items,
    until: new Date(since + forMs).toISOString(),
    pull: event.issue,
    how: "command",
    by: event.login,
    reason: plain(command.reason, 500),
    comment: event.comment,
  };
}

function ids({ items }: SnoozeNote): string {
  return items.map((id) => code(id.slice(0, 12))).join(", ");
}
