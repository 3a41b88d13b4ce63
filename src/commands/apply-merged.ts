import { whyOver } from "../apply/apply.ts";
import { problemText } from "../errors.ts";
import { type MergedPlans, mergedPlans } from "../github/merged.ts";
import { planDigest } from "../plan/file.ts";
import { isStanding } from "../plan/standing.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { trustText } from "../report/trust.ts";
import { plain } from "../text/plain.ts";
import { noOutcomes } from "../types/outcome.ts";
import { applyOne, type Ended, isOver, type Room } from "./apply-one.ts";
import { resultsOf } from "./apply-results.ts";
import { applyExit, stopSwitch } from "./applying.ts";
import type { CommandInput, CommandResult, ExitCode } from "./command.ts";
import { openGate } from "./gate.ts";
import { openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { answerReverts, approvalName } from "./reverts.ts";
import { settleLeft } from "./settling.ts";
import { openSigning } from "./signing.ts";
import { print, printBeside, printJson, viewOf, wantsJson } from "./view.ts";
import type { Ready } from "./workspace.ts";

/** Applies every plan that stands on the default branch and is not done: not only what this push brought, so that a lost event costs nothing. */
export async function applyMerged(input: CommandInput, ready: Ready): Promise<CommandResult> {
  const hub = await openHub(input);
  const { github, context } = hub;
  // What is wrong in the input is told before anything is asked.
  const gate = openGate(input, hub, ready);
  const { plans, refused } = await mergedPlans(github, { sha: context.sha, folder: ready.config.report.plan_path });
  const open = await openJournal(input, "write", ready, hub);
  const room = {
    input,
    ready,
    hub,
    gate,
    open,
    signing: openSigning(ready, input.io),
    stopped: stopSwitch(ready, input.io, github),
  };
  return applyAll(room, { plans, refused }).finally(open.close);
}

async function applyAll(room: Room, { plans, refused }: MergedPlans): Promise<CommandResult> {
  const { input, ready, hub, open } = room;
  const { io } = input;
  const standing = new Set(
    plans.flatMap(({ plan: { header } }) =>
      whyOver(header, ready.config, io.clock.now()) === undefined ? [planDigest(header)] : [],
    ),
  );
  let records = await settleLeft(room, (await open.journal.read()).records, ({ plan, approval }) => {
    return standing.has(plan) && !isStanding(approval);
  });
  const annotations = refused.flatMap(({ problems }) =>
    problems.map((problem) => ({ ...problem, level: "error" as const })),
  );
  for (const problem of annotations) io.stderr.write(`${plain(problemText(problem), 1000)}\n`);
  const done: Ended[] = [];
  const summaries: string[] = [];
  let exit: ExitCode = refused.length > 0 ? 3 : 0;
  for (const merged of plans) {
    const { plan, path } = merged;
    const approval = await approvalName(hub, merged, records);
    const again = async () => {
      if (approval === (await merged.approval())) await resultsOf(hub, merged, io).again(records, approval);
    };
    if (isOver(merged, records, approval, io.clock.now())) {
      await again();
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
    if ("meanwhile" in ended) {
      records = ended.meanwhile;
      await again();
      continue;
    }
    if ("withdrawn" in ended) {
      // No failure: whoever took it back wanted just that, and a plan that was changed has a run of its own.
      io.stderr.write(
        `${plain(path, 200)}: not applied, because it no longer stands on the default branch as it did when this run began\n`,
      );
      continue;
    }
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
  for (const line of reverts.said) printBeside(input, line);
  if (reverts.trouble && exit === 0) exit = 3;
  if (wantsJson(input))
    printJson(io, { version: 1, plans: done.map(({ applied, trust }) => applyJson(applied, trust)) });
  else if (done.length === 0 && exit === 0) print(io, "Nothing to apply: no approved plan is unfinished.");
  return { exit, outputs: outputsOf(done), summary: summaries.join("\n"), annotations };
}

function outputsOf(done: readonly Ended[]): Record<string, string | number> {
  const counts = noOutcomes();
  for (const { applied } of done) for (const { outcome } of applied.outcomes) counts[outcome] += 1;
  return { ...counts, plan_digest: done.map(({ applied }) => applied.plan).join(" ") };
}
