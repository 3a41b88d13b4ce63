import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { PlanItem } from "../types/plan.ts";
import type { LookContext } from "./context.ts";
import { type Look, passes, shows } from "./look.ts";

/**
 * Whether the item's aim is reached: the check passes, the resource is gone, or (undo) the old values are back. `restored`: every call of an undo was made
 * by the run that asks.
 */
export async function isReached(
  item: PlanItem,
  seen: Look,
  { effective, restored }: { readonly effective: EffectivePolicy | undefined; readonly restored: boolean },
  context: LookContext,
): Promise<boolean> {
  if (item.deletes) return seen.kind === "gone";
  if (item.undoes !== undefined) {
    // What was deleted cannot come back as the same resource: its calls' success has to do.
    if (restores(item)) return seen.kind === "gone" && restored;
    // As we left it is not undone, even where the old value is a part of the new one (an unset member, an empty structure).
    if (seen.kind === "there" && seen.fingerprint === item.fingerprint) return false;
    if (seen.kind !== "there") return false;
    const back = shows(seen.fields, item.after, item.fields);
    if (restored) return back || item.undo_note !== undefined;
    // Before its calls, more has to match: what we set shows in a structure that had nothing set, and would pass for the old one.
    return back && shows(item.after, seen.fields, item.fields);
  }
  if (seen.kind !== "there" || effective === undefined) return false;
  return (await passes(effective, seen.view, context)) === true;
}

/** An undo of a deletion: it starts from "gone". */
export function restores({ undoes, fields }: PlanItem): boolean {
  return undoes !== undefined && fields.length === 0;
}
