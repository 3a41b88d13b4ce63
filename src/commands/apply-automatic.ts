import type { Applied } from "../apply/apply.ts";
import { automaticItems } from "../plan/automatic.ts";
import { partOf } from "../plan/build.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { type Trust, trustText } from "../report/trust.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import { applyExit, applyOutputs, runApply, whyStopped } from "./applying.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import { gated, openGate } from "./gate.ts";
import { type Hub, openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { placeOfScope, standingPlan } from "./report-place.ts";
import { commitOfPolicies, plansOf, runScan } from "./scanning.ts";
import { openSigning, type Signing } from "./signing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import type { Ready } from "./workspace.ts";

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
  const gate = openGate(input, hub, ready);
  const signing = openSigning(ready, io);
  const { journal, flush } = await openJournal(input, "write");
  try {
    const { records } = await journal.read();
    const applied: { readonly done: Applied; readonly trust: Trust }[] = [];
    const summaries: string[] = [];
    for (const plan of plansOf(scanned, io)) {
      const { policies } = ready;
      const { plan: reported, words } = await firstLook(hub, ready, plan, signing);
      if (words !== "") io.stderr.write(`${words}\n`);
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
      const commit = commitOfPolicies(scanned, io);
      const approval = `policies at ${commit}, ${new Date(io.clock.now()).toISOString().slice(0, 10)}`;
      const { gate: settings } = await gate();
      const refused = settings.wrong.length > 0 ? gated(part, settings) : undefined;
      const done = refused ?? (await runApply(input, ready, part, journal, approval));
      const trust = refused === undefined ? { ...STANDING, gate: settings } : { gate: settings };
      applied.push({ done, trust });
      summaries.push(applySummary(done, part, trust));
      if (!wantsJson(input)) print(io, `${trustText(trust, viewOf(input))}${outcomesText(done, viewOf(input))}`);
    }
    if (wantsJson(input))
      printJson(io, { version: 1, plans: applied.map(({ done, trust }) => applyJson(done, trust)) });
    else if (applied.length === 0) print(io, "Nothing to do by standing approval.");
    const last = applied[0]?.done;
    return {
      exit: applied.every(({ done }) => applyExit(done) === 0) ? 0 : 3,
      ...(last === undefined ? {} : { outputs: applyOutputs(last) }),
      summary: summaries.join("\n"),
    };
  } finally {
    await flush();
  }
}

/** The plan lay nowhere between being made and being run. */
const STANDING = {
  signature: { tier: "none", words: "this run made the plan itself, from the policies and this scan" },
  approval: { by: [], words: "standing: the policies it is of have `mode: automatic`" },
} as const satisfies Partial<Trust>;

/**
 * What the open report says, for this scan to agree with. Where a key is configured only what it signed counts: whoever may push to the report's branch
 * could otherwise make the first look. A key that cannot be asked vouches for nothing.
 */
async function firstLook(
  { github }: Hub,
  { config }: Ready,
  { header: { scope } }: Plan,
  signing: Signing,
): Promise<{ readonly plan: Plan | undefined; readonly words: string }> {
  const plan = await standingPlan(github, placeOfScope(config, scope));
  if (plan === undefined || plan.items.length === 0) return { plan, words: "" };
  const { ok, words } = await signing.require(plan);
  if (ok) return { plan, words: "" };
  return { plan: undefined, words: `the open report on ${plain(scope, 100)} does not count as a first look: ${words}` };
}
