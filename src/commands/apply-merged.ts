import type { Applied } from "../apply/apply.ts";
import { outcomeOf } from "../apply/context.ts";
import { historyOf } from "../apply/history.ts";
import { problemText } from "../errors.ts";
import { commentUnlessThere, upsertComment } from "../github/comment.ts";
import { type MergedPlan, type MergedPlans, mergedPlans } from "../github/merged.ts";
import { planDigest } from "../plan/file.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { resultComment, resultMarker } from "../report/result.ts";
import { applySummary } from "../report/summary.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import { type JournalRecord, noOutcomes, type OutcomeCode } from "../types/outcome.ts";
import { applyExit, runApply } from "./applying.ts";
import { approvals, unapproved } from "./approved.ts";
import type { CommandInput, CommandResult, ExitCode } from "./command.ts";
import { type Hub, openHub } from "./hub.ts";
import { type OpenJournal, openJournal } from "./journal.ts";
import { openSigning, unsigned } from "./signing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import type { Ready } from "./workspace.ts";

/** Applies every plan that stands on the default branch and is not done: not only what this push brought, so that a lost event costs nothing. */
export async function applyMerged(input: CommandInput, ready: Ready): Promise<CommandResult> {
  const hub = await openHub(input);
  const { github, context } = hub;
  const { plans, refused } = await mergedPlans(github, { sha: context.sha, folder: ready.config.report.plan_path });
  const open = await openJournal(input, "write", ready, hub);
  return applyAll(input, ready, hub, { plans, refused }, open).finally(open.close);
}

async function applyAll(
  input: CommandInput,
  ready: Ready,
  hub: Hub,
  { plans, refused }: MergedPlans,
  open: OpenJournal,
): Promise<CommandResult> {
  const { io } = input;
  let { records } = await open.journal.read();
  const annotations = refused.flatMap(({ problems }) =>
    problems.map((problem) => ({ ...problem, level: "error" as const })),
  );
  for (const problem of annotations) io.stderr.write(`${plain(problemText(problem), 1000)}\n`);
  const approvalOf = approvals(hub);
  const signing = openSigning(ready, io);
  const done: Applied[] = [];
  const summaries: string[] = [];
  let exit: ExitCode = refused.length > 0 ? 3 : 0;
  for (const merged of plans) {
    const { plan, path } = merged;
    const approval = await merged.approval();
    const isOver = (): boolean => {
      const history = historyOf(records, { plan: planDigest(plan.header), approval }, io.clock.now());
      return plan.items.every(({ id }) => {
        const known = history.get(id);
        return known?.cutOff === undefined && isEnd(known?.last?.outcome);
      });
    };
    if (isOver()) {
      await tellWhatWasNot(hub, merged, records, approval, io);
      continue;
    }
    if (io.clock.now() > Date.parse(plan.header.expires)) {
      // Said on every run and yet no failure: nothing can be done about it here, and red runs that mean nothing hide those that do.
      io.stderr.write(
        `${plain(path, 200)}: the plan expired on ${plain(plan.header.expires, 40)}; the next report proposes anew what is still wanted\n`,
      );
      continue;
    }
    const signature = await signing.require(plan);
    const verdict = signature.ok ? await approvalOf(merged) : undefined;
    let applied: Applied;
    let taken = false;
    if (verdict === undefined) applied = unsigned(plan, signature.words);
    else if (verdict.approved) {
      const claim = await open.claim();
      taken = "heldBy" in claim;
      if (!("heldBy" in claim) && claim.waited) {
        // Whoever had the claim may have done this very plan meanwhile.
        ({ records } = await open.journal.read());
        if (isOver()) {
          await tellWhatWasNot(hub, merged, records, approval, io);
          continue;
        }
      }
      try {
        applied = await runApply(input, ready, plan, open, approval);
      } finally {
        await open.flush();
      }
    } else applied = unapproved(merged, verdict);
    done.push(applied);
    summaries.push(applySummary(applied, plan));
    const code = applyExit(applied);
    if (code !== 0) exit = code;
    if (!wantsJson(input)) {
      const tier = signature.ok && signature.words !== "" ? `: ${signature.words}` : "";
      print(io, `${plain(path, 200)}${tier}\n${outcomesText(applied, viewOf(input))}`);
    }
    // Whoever applies it now has the word on its pull request.
    if (!taken) await tell(hub, merged, applied, io.stderr);
  }
  if (wantsJson(input)) printJson(io, { version: 1, plans: done.map((applied) => applyJson(applied)) });
  else if (done.length === 0 && exit === 0) print(io, "Nothing to apply: no approved plan is unfinished.");
  return { exit, outputs: outputsOf(done), summary: summaries.join("\n"), annotations };
}

/** Outcomes that another run of the same approval could not better. */
function isEnd(outcome: OutcomeCode | undefined): boolean {
  return (
    outcome === "applied" ||
    outcome === "undone" ||
    outcome === "already_ok" ||
    outcome === "stale" ||
    outcome === "policy_gone"
  );
}

/** The journal and the summary have the outcome already: a comment that cannot be written is said, and fails nothing. */
async function tell({ github }: Hub, merged: MergedPlan, applied: Applied, stderr: Io["stderr"]): Promise<void> {
  await quietly(stderr, async () => {
    const pull = await merged.pullRequest();
    if (pull === undefined) return;
    await upsertComment(github, pull.number, resultMarker(applied.plan), resultComment(applied, merged.plan));
  });
}

async function quietly(stderr: Io["stderr"], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    stderr.write(
      `the result could not be written to the pull request: ${plain(error instanceof Error ? error.message : "unknown", 500)}\n`,
    );
  }
}

/** So long after its last outcome a finished plan is looked after; the schedule brings a few runs within it. */
const RETELL_MS = 24 * 3_600_000;

/** A run that was killed before its comment, or whose comment GitHub would not take, left only the journal to tell from. */
async function tellWhatWasNot(
  { github }: Hub,
  merged: MergedPlan,
  records: readonly JournalRecord[],
  approval: string,
  { clock, stderr }: Io,
): Promise<void> {
  const { plan } = merged;
  const digest = planDigest(plan.header);
  const last = new Map<string, Extract<JournalRecord, { record: "outcome" }>>();
  for (const record of records) {
    if (record.record === "outcome" && record.plan === digest && record.approval === approval)
      last.set(record.item, record);
  }
  if (![...last.values()].some(({ at }) => clock.now() - Date.parse(at) < RETELL_MS)) return;
  const counts = noOutcomes();
  const outcomes = plan.items.flatMap((item) => {
    const record = last.get(item.id);
    if (record === undefined) return [];
    counts[record.outcome] += 1;
    return [outcomeOf(item, record.outcome, record.reason, "nothing to do")];
  });
  await quietly(stderr, async () => {
    const pull = await merged.pullRequest();
    if (pull === undefined) return;
    const applied = { plan: digest, outcomes, counts };
    await commentUnlessThere(github, pull.number, resultMarker(digest), () => resultComment(applied, plan));
  });
}

function outputsOf(done: readonly Applied[]): Record<string, string | number> {
  const counts = noOutcomes();
  for (const applied of done) for (const { outcome } of applied.outcomes) counts[outcome] += 1;
  return { ...counts, plan_digest: done.map(({ plan }) => plan).join(" ") };
}
