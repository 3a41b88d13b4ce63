import { fingerprintGone } from "../plan/fingerprint.ts";
import type { CelEnvironment } from "../types/cel.ts";
import type { JsonObject } from "../types/json.ts";
import type { PlanItem } from "../types/plan.ts";
import type { After } from "./ending.ts";
import { resolveParams, StepError } from "./execute.ts";
import { type Look, shows } from "./look.ts";

/**
 * What an applied item left behind, for its undo. Where that is not what was planned, somebody else had a hand in it: without a fingerprint
 * nothing of theirs can be overwritten by an undo.
 */
export function leftBehind(
  item: PlanItem,
  seen: Look,
  made: ReadonlyMap<string, JsonObject>,
  cel: CelEnvironment,
): After {
  const { account, resource, deletes } = item;
  const known = (seen.kind === "there" || seen.kind === "gone") && asPlanned(item, seen) ? seen.fingerprint : "";
  return {
    fingerprint: deletes ? fingerprintGone(account, resource.type, resource.id) : known,
    fields: seen.kind === "there" ? seen.fields : {},
    undo: resolvedUndo(item, made, cel),
  };
}

/** Whether the fields show what was planned; of deletions and undos only the calls' success can be told. */
export function asPlanned({ deletes, undoes, after, fields }: PlanItem, seen: Look): boolean {
  return deletes || undoes !== undefined || (seen.kind === "there" && shows(seen.fields, after, fields));
}

/** Undo calls with everything the steps supplied filled in; one that cannot be filled in is left out, and undo will say so. */
function resolvedUndo(item: PlanItem, made: ReadonlyMap<string, JsonObject>, cel: CelEnvironment): After["undo"] {
  return item.undo.flatMap((call) => {
    try {
      const { bind, ...rest } = call;
      // Undo calls may use the outputs of undo calls before them; those stay bound.
      const later = Object.entries(bind ?? {}).filter(([, text]) => readsUndo(item, text));
      const now = Object.entries(bind ?? {}).filter(([, text]) => !readsUndo(item, text));
      const params = resolveParams({ ...rest, bind: Object.fromEntries(now) }, made, cel);
      return [{ ...rest, params, ...(later.length === 0 ? {} : { bind: Object.fromEntries(later) }) }];
    } catch (error) {
      if (error instanceof StepError) return [];
      throw error;
    }
  });
}

/** Whether a binding names an undo step; one that ran for each element is `NAME.0`, `NAME.1`, … in the plan. */
function readsUndo({ undo }: PlanItem, expression: string): boolean {
  return undo.some(({ step }) => new RegExp(`\\bsteps\\.${step.split(".")[0]}\\b`).test(expression));
}
