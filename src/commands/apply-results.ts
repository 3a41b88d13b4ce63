import type { Applied } from "../apply/apply.ts";
import { outcomeOf } from "../apply/context.ts";
import { publishCheck } from "../github/check.ts";
import { openThread, type Thread } from "../github/comment.ts";
import { GitHubError } from "../github/errors.ts";
import type { MergedPlan } from "../github/merged.ts";
import { planDigest } from "../plan/file.ts";
import { applyCheck } from "../report/apply-check.ts";
import { attentionComment, attentionMarker, needsPerson, toldIn, toldKeys, toldLine } from "../report/attention.ts";
import { begunComment, isBegun, isUntold, withoutUntold, withUntold } from "../report/begun.ts";
import { COMMENT_BYTES, resultComment, resultMarker } from "../report/result.ts";
import type { Trust } from "../report/trust.ts";
import { bytes } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import { type JournalRecord, noOutcomes } from "../types/outcome.ts";
import type { Hub } from "./hub.ts";

/**
 * Where the people of a plan see how it went: one result comment on its pull request, edited while a run is at it and at its end; one new comment where
 * something needs a person, since an edit wakes nobody; a check on the commit that the merge made. The journal and the step's summary have all of it
 * before: what cannot be written here is said, and fails nothing. Run again after a kill at any point, nothing stands twice and nothing is left out.
 */
export interface Results {
  /** Before the first item is touched. */
  begin(): Promise<void>;
  end(applied: Applied, trust: Trust): Promise<void>;
  /** Of a plan that is done: what a killed run, or one that GitHub would not listen to, left untold for a day. */
  again(records: readonly JournalRecord[], approval: string): Promise<void>;
}

export function resultsOf(hub: Hub, merged: MergedPlan, io: Io): Results {
  const { github, context } = hub;
  const { plan } = merged;
  const digest = planDigest(plan.header);
  const marker = resultMarker(digest);
  let opened: Promise<Thread | undefined> | undefined;
  const thread = async (): Promise<Thread | undefined> => {
    opened ??= merged.pullRequest().then((pull) => (pull === undefined ? undefined : openThread(github, pull.number)));
    try {
      return await opened;
    } catch (error) {
      // At the end GitHub may answer what it did not at the beginning.
      opened = undefined;
      throw error;
    }
  };

  /** One new comment, where a comment has been there before and something needs a person that no comment told of. */
  async function wake(own: Thread, applied: Applied, trust: Trust | undefined): Promise<void> {
    const keys = toldKeys(needsPerson(applied));
    const told = new Set([...own.all(marker), ...own.all(attentionMarker(digest))].flatMap(({ body }) => toldIn(body)));
    if (keys.every((key) => told.has(key))) return;
    const start = `${attentionMarker(digest)}\n${toldLine(keys)}`;
    await own.add(start, `${start}\n\n${attentionComment(applied, trust?.approval?.by ?? [])}`);
  }

  async function check(applied: Applied, trust: Trust | undefined): Promise<void> {
    const pull = await merged.pullRequest();
    const sha = pull?.mergeCommit ?? (await merged.approval()).replace(/^commit\//, "");
    await publishCheck(github, applyCheck(sha, applied, plan, trust));
  }

  /** The result is written last: where it stands, all else does too, or it says that something is missing. `kept`: a result that stands already. */
  async function tell(applied: Applied, trust: Trust | undefined, kept?: string): Promise<void> {
    const own = await tryTo(io, RESULT, thread);
    const before = own.value?.all(marker)[0];
    const done = [
      await tryTo(io, "the comment on what needs a person could not be written", async () => {
        if (own.value !== undefined && before !== undefined) await wake(own.value, applied, trust);
      }),
      await tryTo(io, "the check evenkeel/apply could not be written (it needs checks: write)", () =>
        check(applied, trust),
      ),
    ];
    // What the token may not do it may not do next time either.
    const untold = done.some(({ error }) => error !== undefined && error !== "denied");
    await tryTo(io, RESULT, async () => {
      const line = toldLine(before === undefined ? toldKeys(needsPerson(applied)) : toldIn(before.body));
      const body = kept ?? lined(resultComment(applied, plan, COMMENT_BYTES - bytes(line), trust), marker, line);
      await own.value?.write(marker, untold ? withUntold(body) : body);
    });
  }

  return {
    async begin() {
      await tryTo(io, "the comment that applying began could not be written", async () => {
        const own = await thread();
        const line = toldLine(own?.all(marker).flatMap(({ body }) => toldIn(body)) ?? []);
        await own?.write(
          marker,
          lined(`${marker}\n\n${begunComment(plan.items.length, context.runUrl)}`, marker, line),
        );
      });
    },
    end: (applied, trust) => tell(applied, trust),
    async again(records, approval) {
      const applied = fromJournal(merged, records, approval, io.clock.now());
      const own = applied === undefined ? undefined : (await tryTo(io, RESULT, thread)).value;
      if (applied === undefined || own === undefined) return;
      const body = own.all(marker)[0]?.body;
      // What stands says more than the journal could.
      if (body === undefined || isBegun(body)) await tell(applied, undefined);
      else if (isUntold(body)) await tell(applied, undefined, withoutUntold(body));
    },
  };
}

const RESULT = "the result could not be written to the pull request";

/** The comment with its hidden second line. */
function lined(body: string, marker: string, line: string): string {
  return line === "" ? body : `${marker}\n${line}${body.slice(marker.length)}`;
}

/** Does what may fail, and says so. `error`: the kind of GitHub's, or "other". */
async function tryTo<T>(
  { stderr }: Io,
  failure: string,
  work: () => Promise<T>,
): Promise<{ readonly value?: T; readonly error?: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown";
    const remedy = error instanceof GitHubError && error.remedy !== undefined ? `; to mend it: ${error.remedy}` : "";
    stderr.write(`${failure}: ${plain(`${message}${remedy}`, 700)}\n`);
    return { error: error instanceof GitHubError ? error.kind : "other" };
  }
}

/** So long after its last outcome a finished plan is looked after; the schedule brings a few runs within it. */
const RETELL_MS = 24 * 3_600_000;

/** How a plan that is done ended under an approval; undefined where that is long ago. */
function fromJournal(
  { plan }: MergedPlan,
  records: readonly JournalRecord[],
  approval: string,
  now: number,
): Applied | undefined {
  const digest = planDigest(plan.header);
  const last = new Map<string, Extract<JournalRecord, { record: "outcome" }>>();
  for (const record of records) {
    if (record.record === "outcome" && record.plan === digest && record.approval === approval)
      last.set(record.item, record);
  }
  if (![...last.values()].some(({ at }) => now - Date.parse(at) < RETELL_MS)) return undefined;
  const counts = noOutcomes();
  const outcomes = plan.items.flatMap((item) => {
    const record = last.get(item.id);
    if (record === undefined) return [];
    counts[record.outcome] += 1;
    return [outcomeOf(item, record.outcome, record.reason, "nothing to do")];
  });
  return { plan: digest, outcomes, counts };
}
