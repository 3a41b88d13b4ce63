import { itemHash } from "../plan/file.ts";
import type { Plan, PlanItem } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { approversOf } from "./votes.ts";

/** New items that are not pushed, so that an approval already given keeps its worth. */
export interface Later {
  readonly items: readonly PlanItem[];
  /** Logins of those whose approval stands. */
  readonly approvedBy: readonly string[];
  /** The plan on the branch, which is what they approved. */
  readonly standing: Plan;
}

/**
 * What a plan adds to the one that stands on the branch, where it changes nothing else and none of it is critical; undefined where it has to be
 * pushed. Of what reviewers declined neither holds a line, so that nothing which happens to it counts.
 */
export function onlyAdds(standing: Plan, wanted: Plan): readonly PlanItem[] | undefined {
  const there = new Set(standing.items.map(itemHash));
  const added = wanted.items.filter((item) => !there.has(itemHash(item)));
  const kept = wanted.items.length - added.length === there.size;
  return kept && there.size > 0 && !added.some(({ severity }) => severity === "critical") ? added : undefined;
}

/** Which items wait because somebody approved what stands; undefined where nobody did, or waiting would be wrong. One call at most, as a rule. Errors: GitHubError. */
export async function whatWaits(
  github: GitHub,
  at: { readonly pull: number; readonly head: string; readonly standing: Plan; readonly wanted: Plan },
): Promise<Later | undefined> {
  const items = onlyAdds(at.standing, at.wanted);
  if (items === undefined) return undefined;
  const approvedBy = await approversOf(github, at.pull, at.head);
  return approvedBy.length === 0 ? undefined : { items, approvedBy, standing: at.standing };
}
