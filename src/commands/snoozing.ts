import { closingsOf, newlyClosed } from "../github/closed-report.ts";
import { type Pull, pullsFrom } from "../github/pulls.ts";
import { closedPullsUnder, type OpenPulls, openPullsUnder } from "../github/report-pulls.ts";
import { seconds } from "../plan/calls.ts";
import { type Closings, closingsToAskFor, type Snoozes, snoozesAt } from "../plan/snooze.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import type { Config } from "../types/catalogue.ts";
import type { Journal, JournalNote, SnoozeNote } from "../types/journal.ts";
import type { Hub } from "./hub.ts";
import { placeOfScope } from "./report-place.ts";

/** What is put off now, and the reports' pull requests as they were asked for it. */
export interface Snoozing {
  readonly snoozes: Snoozes;
  /** All reports that are open, of whatever scope; asked for once in a run. */
  readonly open: OpenPulls;
  /** Newest first, open or not; older closed ones may be missing. */
  pullsOf(scope: string): readonly Pull[];
  /** Whether a person closed the scope's last report and what it offered is put off: the branch stays, so that it can be opened again. */
  wasClosed(scope: string): boolean;
}

export interface SnoozingInput {
  readonly config: Config;
  /** Of the reports that this run is about. */
  readonly scopes: readonly string[];
  readonly notes: readonly JournalNote[];
  /** ISO 8601; the scan's. */
  readonly now: string;
}

/** What GitHub says about the pull requests that it hangs on. */
interface Seen {
  readonly open: OpenPulls;
  readonly pulls: ReadonlyMap<string, readonly Pull[]>;
  readonly closings: Closings;
}

const READS_AT_ONCE = 6;
/** `report.snooze` is 30 days at most, and clocks may differ. */
const LONGEST_MS = 31 * 86_400_000;

/**
 * What is put off, by the journal and by the state of the pull requests that its notes are about. Writes nothing. Two calls, and one for each
 * closed report of any other scope. Errors: GitHubError.
 */
export async function readSnoozing({ github }: Pick<Hub, "github">, input: SnoozingInput): Promise<Snoozing> {
  return snoozingOf(await look(github, input), input);
}

/**
 * The same at the beginning of a report run, which first takes note of the reports that people closed since the last one. The notes are safe before
 * anything is proposed: a run that is killed in between finds them, and notes nothing twice. Errors: GitHubError, those of the journal.
 */
export async function noteClosedReports(
  hub: Hub,
  journal: Pick<Journal, "append">,
  input: SnoozingInput,
): Promise<Snoozing> {
  const { config, scopes, notes, now } = input;
  const { github, context } = hub;
  const seen = await look(github, input);
  const { defaultBranch: base } = await github.about();
  const most = seconds(config.report.snooze) * 1000;
  const made: SnoozeNote[] = [];
  for (const scope of scopes) {
    const { path } = placeOfScope(config, scope);
    const found = await newlyClosed(github, seen.pulls.get(scope) ?? [], {
      base,
      path,
      notes,
      after: Date.parse(now) - most,
    });
    if (found === undefined) continue;
    const closed = Date.parse(found.closed);
    made.push({
      record: "snooze",
      at: new Date(github.clock.now()).toISOString(),
      run: context.run,
      since: new Date(closed).toISOString(),
      items: found.items,
      until: new Date(closed + most).toISOString(),
      pull: found.pull,
      how: "closed",
      by: found.by,
      reason: "",
    });
  }
  if (made.length > 0) await journal.append(made);
  return snoozingOf(seen, { ...input, notes: [...notes, ...made] });
}

async function look(github: Hub["github"], { config, scopes, notes, now }: SnoozingInput): Promise<Seen> {
  const prefix = `${config.report.branch_prefix}/`;
  const [open, closed] = await Promise.all([
    openPullsUnder(github, prefix),
    closedPullsUnder(github, prefix, Date.parse(now) - LONGEST_MS),
  ]);
  const pulls = new Map<string, readonly Pull[]>();
  // Two calls tell of all scopes, but in repositories with very many pull requests.
  await forEachConcurrent(scopes, READS_AT_ONCE, async (scope) => {
    const { branch } = placeOfScope(config, scope);
    const own = open.pulls.get(branch);
    const known = [...(own === undefined ? [] : [own]), ...(closed?.get(branch) ?? [])];
    const newestFirst = known.sort((a, b) => b.number - a.number);
    pulls.set(scope, open.complete && closed !== undefined ? newestFirst : await pullsFrom(github, branch));
  });
  const asked = closingsToAskFor(notes, Date.parse(now));
  return { open, pulls, closings: await closingsOf(github, asked, [...pulls.values()].flat()) };
}

function snoozingOf({ open, pulls, closings }: Seen, { notes, now }: SnoozingInput): Snoozing {
  const snoozes = snoozesAt(notes, Date.parse(now), closings);
  const closed = new Set([...snoozes.values()].flatMap(({ how, pull }) => (how === "closed" ? [pull] : [])));
  const pullsOf = (scope: string) => pulls.get(scope) ?? [];
  return {
    snoozes,
    open,
    pullsOf,
    wasClosed: (scope) =>
      pullsOf(scope)
        .slice(0, 1)
        .some(({ number }) => closed.has(number)),
  };
}
