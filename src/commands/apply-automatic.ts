import type { Applied } from "../apply/apply.ts";
import { automaticItems } from "../plan/automatic.ts";
import { partOf } from "../plan/build.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import { applyExit, applyOutputs, runApply, whyStopped } from "./applying.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import { openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { placeOfScope, standingPlan } from "./report-place.ts";
import { commitOfPolicies, plansOf, runScan } from "./scanning.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

/**
 * Applies what policies with `mode: automatic` approve by standing: merging the policy was the approval, so the commit of the policies is what
 * the journal names. The open report shows each item first; only what the report before and this scan agree on runs.
 */
export async function applyAutomatic(input: CommandInput): Promise<CommandResult> {
  const { io } = input;
  const scanned = await runScan(input, true);
  const { ready, result } = scanned;
  const stopped = whyStopped(ready, io);
  if (stopped !== undefined) {
    print(io, `Nothing runs by itself now: ${stopped}`);
    return { exit: 0 };
  }
  const hub = await openHub(input);
  const { github } = hub;
  const open = await openJournal(input, "write", ready, hub);
  try {
    const { records } = await open.journal.read();
    const applied: Applied[] = [];
    const summaries: string[] = [];
    for (const plan of plansOf(scanned, io)) {
      const { config, policies } = ready;
      const reported = await standingPlan(github, placeOfScope(config, plan.header.scope));
      const { items, held } = automaticItems({
        plan,
        policies,
        reported,
        records,
        coverage: result.coverage,
        now: io.clock.now(),
      });
      if (!wantsJson(input)) {
        for (const { item, reason } of held) {
          print(
            io,
            `left to the report: ${item.policy} ${plain(item.resource.id, 100)} in ${item.account}: ${plain(reason, 300)}`,
          );
        }
      }
      if (items.length === 0) continue;
      const chosen = new Set(items.map(({ id }) => id));
      const part: Plan = partOf(plan, `${plan.header.scope}-automatic`, ({ id }) => chosen.has(id));
      const done = await runApply(
        input,
        ready,
        part,
        open,
        `policies at ${commitOfPolicies(scanned, io)}, ${new Date(io.clock.now()).toISOString().slice(0, 10)}`,
      );
      applied.push(done);
      summaries.push(applySummary(done, part));
      if (!wantsJson(input)) print(io, outcomesText(done, viewOf(input)));
    }
    if (wantsJson(input)) printJson(io, { version: 1, plans: applied.map((done) => applyJson(done)) });
    else if (applied.length === 0) print(io, "Nothing to do by standing approval.");
    const last = applied[0];
    return {
      exit: applied.every((done) => applyExit(done) === 0) ? 0 : 3,
      ...(last === undefined ? {} : { outputs: applyOutputs(last) }),
      summary: summaries.join("\n"),
    };
  } finally {
    await open.close();
  }
}
