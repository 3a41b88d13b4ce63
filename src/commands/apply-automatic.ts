import type { Applied } from "../apply/apply.ts";
import type { GitHub } from "../github/client.ts";
import type { Pull } from "../github/pulls.ts";
import { automaticItems } from "../plan/automatic.ts";
import { partOf } from "../plan/build.ts";
import { waitingBy } from "../plan/grace.ts";
import { firstOf } from "../plan/postponed.ts";
import { postponedBy } from "../plan/snooze.ts";
import { isStanding } from "../plan/standing.ts";
import { changeWords } from "../report/automatic-section.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { type Trust, trustText } from "../report/trust.ts";
import { plural } from "../report/words.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import { afterUndo } from "./after-undo.ts";
import { applyExit, applyOutputs, runApply, stopSwitch } from "./applying.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import { gated, openGate } from "./gate.ts";
import { graceOfScan } from "./grace.ts";
import { reportGroups } from "./groups.ts";
import { openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { openPlan, type Place, placeOfScope } from "./report-place.ts";
import { commitOfPolicies, plansOf, runScan } from "./scanning.ts";
import { settleLeft } from "./settling.ts";
import { openSigning, type Signing } from "./signing.ts";
import { readSnoozing } from "./snoozing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { whoUndid } from "./who-undid.ts";

/**
 * Applies what policies with `mode: automatic` approve by standing: merging the policy was the approval, so the commit of the policies is what
 * the journal names. The open report shows each item first; only what the report before and this scan agree on runs.
 */
export async function applyAutomatic(input: CommandInput): Promise<CommandResult> {
  const { io } = input;
  const scanned = await runScan(input, true);
  const { ready, result } = scanned;
  const hub = await openHub(input);
  const { github } = hub;
  const stopped = stopSwitch(ready, io, github);
  const why = await stopped();
  if (why !== undefined) {
    print(io, `Nothing runs by itself now: ${why}`);
    return { exit: 0 };
  }
  const gate = openGate(input, hub, ready);
  const signing = openSigning(ready, io);
  const open = await openJournal(input, "write", ready, hub);
  try {
    const { records: known, notes } = await open.journal.read();
    // Which merged plans go on is not known here.
    const records = await settleLeft({ input, ready, open }, known, ({ approval }) => {
      return !isStanding(approval);
    });
    const { config, policies } = ready;
    const scopes = reportGroups(config).map(({ scope }) => scope);
    const { snoozes, pullsOf } = await readSnoozing(hub, { config, scopes, notes, now: scanned.now });
    // Read only: the clocks are the report's, which has to have shown the item before it runs here.
    const undone = await afterUndo(hub, scanned, records, io);
    const postponed = firstOf(postponedBy(snoozes), undone, waitingBy(graceOfScan(scanned, notes, "")));
    const plans = plansOf(scanned, io, { postponed });
    const waiting = plans.flatMap(({ header }) => header.held.filter(({ outcome }) => outcome === "waiting")).length;
    if (waiting > 0 && !wantsJson(input)) {
      const words = waiting === 1 ? "waits for its time" : "wait for their time";
      print(io, `${plural(waiting, "fix", "fixes")} ${words} (a grace, or taken back lately).`);
    }
    const applied: { readonly done: Applied; readonly trust: Trust }[] = [];
    const summaries: string[] = [];
    for (const plan of plans) {
      const { scope } = plan.header;
      const place = placeOfScope(config, scope);
      const { reported, words } = await firstLook(github, { place, pulls: pullsOf(scope), scope }, signing);
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
        const automatic = new Set(
          policies.flatMap(({ mode, policy }) => (mode === "automatic" ? [policy.file.id] : [])),
        );
        for (const one of plan.header.held) {
          if (one.outcome !== "snoozed" || !automatic.has(one.policy)) continue;
          const where = `${plain(one.resource.id, 100)} in ${one.account}`;
          print(io, `left alone: ${one.policy} ${where}: ${plain(one.reason, 300)}`);
        }
        const flapping = held.filter((one) => one.flapping === true).map(({ item }) => item);
        const who = await whoUndid(ready, io, flapping, records);
        for (const { item, reason } of held) {
          const change = who.get(item.id);
          const by = change === undefined ? "" : `; ${plain(changeWords(change), 400)}`;
          print(
            io,
            `left to the report: ${item.policy} ${plain(item.resource.id, 100)} in ${item.account}: ${plain(reason, 300)}${by}`,
          );
        }
      }
      if (items.length === 0) continue;
      const chosen = new Set(items.map(({ id }) => id));
      const part: Plan = partOf(plan, `${scope}-automatic`, ({ id }) => chosen.has(id));
      const commit = commitOfPolicies(scanned, io);
      const approval = `policies at ${commit}, ${new Date(io.clock.now()).toISOString().slice(0, 10)}`;
      const { gate: settings } = await gate();
      const refused = settings.wrong.length > 0 ? gated(part, settings) : undefined;
      const done = refused ?? (await runApply(input, ready, part, open, { approval, stopped }));
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
    await open.close();
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
  github: GitHub,
  { place, pulls, scope }: { readonly place: Place; readonly pulls: readonly Pull[]; readonly scope: string },
  signing: Signing,
): Promise<{ readonly reported: Plan | undefined; readonly words: string }> {
  const reported = await openPlan(github, place, pulls);
  if (reported === undefined || reported.items.length === 0) return { reported, words: "" };
  const { ok, words } = await signing.require(reported);
  if (ok) return { reported, words: "" };
  return {
    reported: undefined,
    words: `the open report on ${plain(scope, 100)} does not count as a first look: ${words}`,
  };
}
