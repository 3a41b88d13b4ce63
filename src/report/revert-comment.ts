import { code, inline, marker } from "../text/markdown.ts";
import type { HeldItem, PlanItem } from "../types/plan.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { heldGroups } from "./plan.ts";
import { plural } from "./words.ts";

/** GitHub was seen to take more than its documented 65,536 characters; nothing relies on that. */
const COMMENT_BYTES = 55_000;

/** What answers a revert of a report. */
export interface RevertAnswer {
  /** Digest of the plan that was reverted. */
  readonly plan: string;
  /** What the undo plan takes back. */
  readonly items: readonly PlanItem[];
  /** What it cannot take back, and why. */
  readonly held: readonly HeldItem[];
  /** Number of the undo plan's pull request; undefined where there is nothing that a plan could take back. */
  readonly pull: number | undefined;
}

/** The hidden first line of the comment on a revert's pull request. */
export function revertMarker(plan: string): string {
  return marker("revert", { plan: plan.slice(0, 12) });
}

/** The comment on the pull request that reverted a report: that nothing happened by it, and what would. */
export function revertComment(answer: RevertAnswer, budget: number = COMMENT_BYTES): string {
  return fitting(budget, (detail) => `${blocks(revertMarker(answer.plan), ...parts(answer, detail))}\n`);
}

function parts({ plan, items, held, pull }: RevertAnswer, detail: Detail): string[] {
  const number = items.length + held.length;
  const still = `${plural(number, "change")} of plan ${code(plan.slice(0, 12))} ${number === 1 ? "is" : "are"} still in place`;
  const groups = heldGroups(held);
  const shown = groups.slice(0, detail.groups);
  const lines = shown.map(
    ({ policy, reason, items: of }) =>
      `- ${code(policy, 120)}, ${plural(of.length, "resource")}: ${inline(reason, detail.text)}`,
  );
  return [
    `## Nothing was changed in AWS by this revert: ${still}`,
    pull === undefined
      ? "**None of them can be taken back by a plan.** What the revert took out of this repository is history only."
      : `**#${pull} takes back ${plural(items.length, "of them", "of them")}, and waits for approval: merging it is the approval.** ` +
        "It is a plan like any other, and leaves alone what others changed since. Closing it leaves everything as it is.",
    lines.length === 0 ? "" : "### Not taken back",
    lines.join("\n"),
    shownNote(shown.length, groups.length, "groups"),
    pull === undefined
      ? ""
      : "What it takes back is not proposed again for seven days; to keep a resource as it is for longer, write an exception.",
  ];
}
