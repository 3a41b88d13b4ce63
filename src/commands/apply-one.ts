import { type Applied, whyOver } from "../apply/apply.ts";
import { historyOf, isEnd } from "../apply/history.ts";
import type { MergedPlan } from "../github/merged.ts";
import { provenanceOf } from "../github/provenance.ts";
import { planDigest } from "../plan/file.ts";
import type { Trust } from "../report/trust.ts";
import type { JournalRecord } from "../types/outcome.ts";
import { resultsOf } from "./apply-results.ts";
import { notStarted, runApply, type StopSwitch } from "./applying.ts";
import { approvalOf, blockedPlan, unapproved } from "./approved.ts";
import type { CommandInput } from "./command.ts";
import { gated, type OpenGate } from "./gate.ts";
import type { Hub } from "./hub.ts";
import type { OpenJournal } from "./journal.ts";
import { approvalName } from "./reverts.ts";
import { DERIVED, type Signing, unsigned } from "./signing.ts";
import type { Ready } from "./workspace.ts";

/** What all plans of a run share. */
export interface Room {
  readonly input: CommandInput;
  readonly ready: Ready;
  readonly hub: Hub;
  readonly gate: () => Promise<OpenGate>;
  readonly open: OpenJournal;
  readonly signing: Signing;
  readonly stopped: StopSwitch;
}

/** How one plan ended, and on what that rests. */
export interface Ended {
  readonly applied: Applied;
  readonly trust: Trust;
}

/** Whether another run of the same approval could not better anything of the plan. */
export function isOver(
  { plan }: MergedPlan,
  records: readonly JournalRecord[],
  approval: string,
  now: number,
): boolean {
  const history = historyOf(records, { plan: planDigest(plan.header), approval }, now);
  return plan.items.every(({ id }) => {
    const known = history.get(id);
    return known !== undefined && known.cutOff === undefined && isEnd(known.last?.outcome);
  });
}

/**
 * Settings, signature, approval, in this order; then the claim, then what was approved. How it ended is told on the pull request, but where another run
 * applies, which has the word there. `meanwhile`: another run had the claim and did this very plan; what the journal says now. `withdrawn`: since the run began
 * the plan was taken from the default branch, or changed there; nothing is journaled.
 */
export async function applyOne(
  room: Room,
  merged: MergedPlan,
  name: string,
): Promise<Ended | { readonly meanwhile: readonly JournalRecord[] } | { readonly withdrawn: true }> {
  const { input, ready, hub, open, stopped } = room;
  const { plan } = merged;
  let approval = name;
  const results = resultsOf(hub, merged, input.io);
  const { refused, trust } = await judge(room, merged);
  if (refused !== undefined) {
    await results.end(refused, trust);
    return { applied: refused, trust };
  }
  const claim = await open.claim();
  if ("heldBy" in claim) return { applied: notStarted(plan, claim), trust };
  if (claim.waited) {
    const { records } = await open.journal.read();
    // Whoever had the claim may have been the first to apply this plan, from a commit before ours.
    approval = await approvalName(hub, merged, records);
    if (isOver(merged, records, approval, input.io.clock.now())) return { meanwhile: records };
  }
  // Plans before this one, and the claim, may have taken long.
  if (!(await merged.stands())) return { withdrawn: true };
  if ((await stopped()) === undefined) await results.begin();
  const applied = await runApply(input, ready, plan, open, { approval, stopped }).finally(open.flush);
  await results.end(applied, trust);
  return { applied, trust };
}

const ANEW = "remove the plan from the default branch; the next report proposes anew what is still wanted";

/** `refused`: how the plan ends that may not run. */
async function judge(
  { input, ready, gate: open, hub, signing }: Room,
  merged: MergedPlan,
): Promise<{ readonly refused?: Applied; readonly trust: Trust }> {
  const { plan } = merged;
  const { gate, mode } = await open();
  if (gate.wrong.length > 0) return { refused: gated(plan, gate), trust: { gate } };
  const signature = await signing.require(plan);
  if (!signature.ok) return { refused: unsigned(plan, signature.words), trust: { gate } };
  // One plan that cannot run must not keep the others from it.
  const over = whyOver(plan.header, ready.config, input.io.clock.now());
  if (over !== undefined) return { refused: blockedPlan(plan, over, ANEW), trust: { gate } };
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
