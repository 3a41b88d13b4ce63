import type { Plan } from "../types/plan.ts";
import { partOf } from "./build.ts";
import { itemLine } from "./file.ts";
import { SEVERITY_ORDER } from "./guards.ts";
import { heldItem } from "./held.ts";

/** GitHub shows the diff of a file up to 500 KB; above, nobody can review what they approve. */
const MAX_ITEMS = 300;
const MAX_BYTES = 400_000;

/** As much of a plan as one pull request can show, worst first; the rest waits, counted, for the next. */
export function reviewable(plan: Plan, most = { items: MAX_ITEMS, bytes: MAX_BYTES }): Plan {
  const urgent = [...plan.items].sort(
    (a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || (a.id < b.id ? -1 : 1),
  );
  const taken = new Set<string>();
  let bytes = 0;
  for (const item of urgent) {
    bytes += Buffer.byteLength(itemLine(item)) + 1;
    if (taken.size >= most.items || bytes > most.bytes) break;
    taken.add(item.id);
  }
  if (taken.size === plan.items.length) return plan;
  const reason = `one pull request shows ${taken.size} of ${plan.items.length} items; the rest waits for the next`;
  const waiting = plan.items.filter(({ id }) => !taken.has(id)).map((item) => heldItem(item, "capped", reason));
  const part = partOf(plan, plan.header.scope, (item) => taken.has(item.id) || !("calls" in item));
  const all = [...part.header.held, ...waiting].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ...part, header: { ...part.header, held: all } };
}
