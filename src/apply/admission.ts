import type { CompiledCatalogue, EffectivePolicy } from "../catalogue/compiled.ts";
import { sameJson } from "../json.ts";
import { applyGuards } from "../plan/guards.ts";
import type { Guards } from "../types/catalogue.ts";
import type { JournalRecord, Outcome } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import { outcomeOf } from "./context.ts";
import { finished, type ItemHistory, NEW } from "./history.ts";
import { whyNotGenuine } from "./undo.ts";

const CUT_OFF = "an earlier run began it and was cut off, so look at the resource";

const UNCONFIRMED = "it is destructive, and nobody confirmed it by name";
const CONFIRM =
  "add its line to the plan file, on the branch of the next report or in a pull request of your own, and let somebody else approve that";

const BY_HAND =
  "make the undo anew with the catalogue that applied it, or take it back by hand; find out who wrote to the journal";

export interface Admitting {
  readonly history: ReadonlyMap<string, ItemHistory>;
  readonly records: readonly JournalRecord[];
  readonly catalogue: CompiledCatalogue;
  /** Items that an exception covers by now, or of which that cannot be told. */
  readonly excepted: ReadonlyMap<string, Outcome>;
  readonly approval: string;
  /** Destructive items that nobody confirmed by name, by ID, each with the line that would. None where a person asks at a terminal. */
  readonly unconfirmed: ReadonlyMap<string, string>;
  readonly guards: Guards;
  readonly effective: (item: PlanItem) => EffectivePolicy | undefined;
}

/** What may run of an approved plan: not what is finished, what no policy asks for any more, what is excepted by now, what today's guards hold back. */
export function admission(
  items: readonly PlanItem[],
  now: Admitting,
): { readonly queue: readonly PlanItem[]; readonly ended: readonly Outcome[] } {
  const candidates: PlanItem[] = [];
  const ended: Outcome[] = [];
  for (const item of items) {
    const history = now.history.get(item.id) ?? NEW;
    // What was deleted stays "gone" after an undo brought it back under another ID: only the journal can tell that it is done.
    const restores = item.undoes !== undefined && item.fields.length === 0;
    if (finished(history) && (now.approval !== "" || restores)) {
      const done = `${history.last?.outcome ?? "applied"} by run ${history.last?.run ?? "?"} already; an approval is used once`;
      ended.push(outcomeOf(item, "already_ok", done, "nothing to do"));
      continue;
    }
    const forged = item.undoes === undefined ? undefined : whyNotGenuine(item, now.records, now.catalogue);
    const gone = item.undoes === undefined ? whyGone(item, now.effective(item)) : undefined;
    const spared = now.excepted.get(item.id);
    const line = now.unconfirmed.get(item.id);
    if (forged !== undefined) ended.push(outcomeOf(item, forged.outcome, forged.reason, BY_HAND));
    else if (gone !== undefined)
      ended.push(outcomeOf(item, "policy_gone", gone, "the next report plans what is still wanted"));
    else if (spared === undefined && line !== undefined) {
      ended.push({ ...outcomeOf(item, "blocked", UNCONFIRMED, CONFIRM), add: line });
    } else if (spared === undefined) candidates.push(item);
    // Its intent stays open in the journal: once the exception is gone, what was begun can still be finished.
    else ended.push(history.open ? { ...spared, reason: `${spared.reason}; ${CUT_OFF}` } : spared);
  }
  // What an earlier run began is finished first, whatever the guards say now.
  const begun = candidates.filter((item) => now.history.get(item.id)?.open === true);
  const fresh = candidates.filter((item) => !begun.includes(item));
  const { items: allowed, held } = applyGuards(fresh, { ...now.guards, percent: 100 }, scopes(fresh));
  for (const { id, reason } of held) {
    const item = items.find((known) => known.id === id);
    const next = "run apply again, or raise the guard in a pull request";
    if (item !== undefined) ended.push(outcomeOf(item, "capped", reason, next));
  }
  return { queue: [...begun, ...allowed], ended };
}

function whyGone(item: PlanItem, effective: EffectivePolicy | undefined): string | undefined {
  if (effective === undefined) return `${item.policy} no longer runs in account ${item.account}`;
  const { remediation } = effective.policy;
  if (effective.mode === "report") return `${item.policy} only reports now`;
  if (remediation?.file.id !== item.remediation) return `${item.policy} no longer uses ${item.remediation}`;
  if (!sameJson(effective.remediationParams, item.params))
    return `the parameters of ${item.remediation} changed since the plan was made`;
  if (item.risk === "destructive" && !effective.allowDestructive)
    return `${item.policy} no longer allows its destructive remediation`;
  return undefined;
}

/** At apply time the share of a type is not known, only what was approved: the share guard held when the plan was made. */
function scopes(items: readonly PlanItem[]): ReadonlyMap<string, number> {
  return new Map(items.map(({ policy }) => [policy, Number.MAX_SAFE_INTEGER]));
}
