import type { Applied } from "../apply/apply.ts";
import { outcomeOf } from "../apply/context.ts";
import { type Approval, type ApprovalMode, verifyApproval } from "../github/approval.ts";
import type { MergedPlan } from "../github/merged.ts";
import { planDigest } from "../plan/file.ts";
import { noOutcomes } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import type { Hub } from "./hub.ts";

/** Asks who approved a plan; `mode` is what the branch's own rules count as approval: a review, or, where none is asked for, also the merge. */
export async function approvalOf({ github, context }: Hub, merged: MergedPlan, mode: ApprovalMode): Promise<Approval> {
  const { path, blob } = merged;
  const pull = await merged.pullRequest();
  return verifyApproval(github, { pull: pull?.number, path, sha: context.sha, blob, mode });
}

/** Every item of a plan that may not run, blocked for one reason. Nothing is journaled, so that it can still be approved rightly. */
export function blockedPlan(plan: Plan, reason: string, next: string): Applied {
  const outcomes = plan.items.map((item) => outcomeOf(item, "blocked", reason, next));
  return { plan: planDigest(plan.header), outcomes, counts: { ...noOutcomes(), blocked: outcomes.length } };
}

/** A plan that nobody approved. */
export function unapproved({ plan }: MergedPlan, approval: Extract<Approval, { approved: false }>): Applied {
  return blockedPlan(plan, `not approved (${approval.reason}): ${approval.words}`, approval.next);
}
