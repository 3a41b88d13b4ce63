import type { Applied } from "../apply/apply.ts";
import { historyOf, isEnd } from "../apply/history.ts";
import { problemText } from "../errors.ts";
import { type BranchJournal, branchJournal } from "../github/journal-branch.ts";
import { type MergedPlan, mergedPlans } from "../github/merged.ts";
import { provenanceOf } from "../github/provenance.ts";
import { planDigest } from "../plan/file.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { type Trust, trustText } from "../report/trust.ts";
import { plain } from "../text/plain.ts";
import { noOutcomes } from "../types/outcome.ts";
import { resultsOf } from "./apply-results.ts";
import { applyExit, runApply, whyStopped } from "./applying.ts";
import { approvalOf, unapproved } from "./approved.ts";
import type { CommandInput, CommandResult, ExitCode } from "./command.ts";
import { gated, type OpenGate, openGate } from "./gate.ts";
import { type Hub, JOURNAL_BRANCH, openHub } from "./hub.ts";
import { answerReverts, approvalName } from "./reverts.ts";
import { DERIVED, openSigning, type Signing, unsigned } from "./signing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import type { Ready } from "./workspace.ts";

/** How one plan ended, and on what that rests. */
interface Ended {
  readonly applied: Applied;
  readonly trust: Trust;
}

/** Applies every plan that stands on the default branch and is not done: not only what this push brought, so that a lost event costs nothing. */
export async function applyMerged(input: CommandInput, ready: Ready): Promise<CommandResult> {
  const { io } = input;
  const hub = await openHub(input);
  const { github, context } = hub;
  const gate = openGate(input, hub, ready);
  const { plans, refused } = await mergedPlans(github, { sha: context.sha, folder: ready.config.report.plan_path });
  const journal = branchJournal(github, { branch: JOURNAL_BRANCH, run: context.run });
  const { records } = await journal.read();
  const annotations = refused.flatMap(({ problems }) =>
    problems.map((problem) => ({ ...problem, level: "error" as const })),
  );
  for (const problem of annotations) io.stderr.write(`${plain(problemText(problem), 1000)}\n`);
  const room: Room = { input, ready, hub, gate, journal, signing: openSigning(ready, io) };
  const done: Ended[] = [];
  const summaries: string[] = [];
  let exit: ExitCode = refused.length > 0 ? 3 : 0;
  for (const merged of plans) {
    const { plan, path } = merged;
    const approval = await approvalName(hub, merged, records);
    const history = historyOf(records, { plan: planDigest(plan.header), approval }, io.clock.now());
    const over = plan.items.every(({ id }) => {
      const known = history.get(id);
      return known?.open === false && isEnd(known.last?.outcome);
    });
    if (over) {
      if (approval === (await merged.approval())) await resultsOf(hub, merged, io).again(records, approval);
      continue;
    }
    if (io.clock.now() > Date.parse(plan.header.expires)) {
      // Said on every run and yet no failure: nothing can be done about it here, and red runs that mean nothing hide those that do.
      io.stderr.write(
        `${plain(path, 200)}: the plan expired on ${plain(plan.header.expires, 40)}; the next report proposes anew what is still wanted\n`,
      );
      continue;
    }
    const ended = await applyOne(room, merged, approval);
    const { applied, trust } = ended;
    done.push(ended);
    summaries.push(applySummary(applied, plan, trust));
    const code = applyExit(applied);
    if (code !== 0) exit = code;
    if (!wantsJson(input)) {
      const view = viewOf(input);
      print(io, `${plain(path, 200)}\n${trustText(trust, view)}${outcomesText(applied, view)}`);
    }
  }
  const reverts = await answerReverts(hub, ready, io, records, "apply");
  for (const line of reverts.said) {
    if (wantsJson(input)) io.stderr.write(`${line}\n`);
    else print(io, line);
  }
  if (reverts.trouble && exit === 0) exit = 3;
  if (wantsJson(input))
    printJson(io, { version: 1, plans: done.map(({ applied, trust }) => applyJson(applied, trust)) });
  else if (done.length === 0 && exit === 0) print(io, "Nothing to apply: no approved plan is unfinished.");
  return { exit, outputs: outputsOf(done), summary: summaries.join("\n"), annotations };
}

interface Room {
  readonly input: CommandInput;
  readonly ready: Ready;
  readonly hub: Hub;
  readonly gate: () => Promise<OpenGate>;
  readonly journal: BranchJournal;
  readonly signing: Signing;
}

/** Settings, signature, approval, in this order; then what was approved. How it ended is told on the pull request, whatever it was. */
async function applyOne(room: Room, merged: MergedPlan, approval: string): Promise<Ended> {
  const { input, ready, hub, journal } = room;
  const results = resultsOf(hub, merged, input.io);
  const verdict = await judge(room, merged);
  const { trust } = verdict;
  let applied = verdict.refused;
  if (applied === undefined) {
    if ((await whyStopped(ready, input.io, hub.github)) === undefined) await results.begin();
    try {
      applied = await runApply(input, ready, merged.plan, journal, { approval, github: hub.github });
    } finally {
      await journal.flush();
    }
  }
  await results.end(applied, trust);
  return { applied, trust };
}

/** `refused`: how the plan ends that may not run. */
async function judge(
  { gate: open, hub, signing }: Room,
  merged: MergedPlan,
): Promise<{ readonly refused?: Applied; readonly trust: Trust }> {
  const { plan } = merged;
  const { gate, mode } = await open();
  if (gate.wrong.length > 0) return { refused: gated(plan, gate), trust: { gate } };
  const signature = await signing.require(plan);
  if (!signature.ok) return { refused: unsigned(plan, signature.words), trust: { gate } };
  const approval = await approvalOf(hub, merged, mode);
  if (!approval.approved) return { refused: unapproved(merged, approval), trust: { gate } };
  const { by, tier, origin } = approval;
  const trust = { gate, approval: { by, words: tier } };
  if (signature.words !== "") return { trust: { ...trust, signature: { tier: "kms", words: signature.words } } };
  const { known, words } = await provenanceOf(hub.github, merged, origin);
  return {
    trust: { ...trust, signature: { tier: known ? "provenance" : "none", words: `${words}; ${DERIVED}` } },
  };
}

function outputsOf(done: readonly Ended[]): Record<string, string | number> {
  const counts = noOutcomes();
  for (const { applied } of done) for (const { outcome } of applied.outcomes) counts[outcome] += 1;
  return { ...counts, plan_digest: done.map(({ applied }) => applied.plan).join(" ") };
}
