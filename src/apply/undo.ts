import type { CompiledCatalogue } from "../catalogue/compiled.ts";
import { sameJson, toJson } from "../json.ts";
import { headerOf, type PlanInput } from "../plan/build.ts";
import { byId } from "../plan/held.ts";
import { hash } from "../scan/finding.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import type { Coverage } from "../types/scan.ts";
import { otherUndo } from "./undo-calls.ts";

type OutcomeRecord = Extract<JournalRecord, { record: "outcome" }>;

/** What an undo plan saw is not a scan: it is what the journal says was left behind. */
const NO_SCAN: Coverage = {
  accounts: { scanned: 0, total: 0 },
  regions: { scanned: 0, total: 0 },
  resources: 0,
  findings: { pass: 0, fail: 0, unknown: 0, out_of_scope: 0 },
  gaps: [],
  calls: {},
  complete: true,
};

const CUT_OFF =
  "a run began it and was cut off: whether it was changed, the journal does not know; where its plan still stands, apply finds out, else look at the resource";

/**
 * A plan that takes back what was applied. Its fingerprints are the states we left behind, so that it refuses to overwrite what others
 * changed since. `select` says which of the applied items (all of a plan, or single ones).
 */
export function undoPlan(
  records: readonly JournalRecord[],
  select: (item: PlanItem, plan: string) => boolean,
  catalogue: CompiledCatalogue,
  input: Pick<PlanInput, "scope" | "now" | "ttl" | "engine" | "catalogue" | "commit">,
): Plan {
  const intents = new Map<string, { item: PlanItem; plan: string }>();
  const applied = new Map<string, OutcomeRecord>();
  const undone = new Set<string>();
  const begun = new Map<string, { item: PlanItem; plan: string }>();
  for (const record of records) {
    if (record.record === "intent") {
      const intent = { item: record.item, plan: record.plan };
      intents.set(`${record.plan} ${record.item.id}`, intent);
      begun.set(`${record.plan} ${record.item.id}`, intent);
    } else if (record.record === "outcome") {
      const key = `${record.plan} ${record.item}`;
      begun.delete(key);
      const undoes = intents.get(key)?.item.undoes;
      // What could not be verified was changed all the same.
      if (record.outcome === "applied" || (record.outcome === "verify_failed" && undoes === undefined)) {
        // Taken out first, so that it moves to the end: the order is that of the last applications.
        applied.delete(key);
        applied.set(key, record);
        // Applied anew after it was taken back, it can be taken back anew.
        undone.delete(`${record.item} ${record.after?.fingerprint ?? ""}`);
      }
      // The ID an undo item names is that of the item whose last application it takes back.
      if (record.outcome === "undone" && undoes !== undefined)
        undone.add(`${undoes} ${intents.get(key)?.item.fingerprint ?? ""}`);
    }
  }
  const items: PlanItem[] = [];
  const held: HeldItem[] = [];
  const taken = new Set<string>();
  // Latest first: of an item that was applied twice, only the last application can be taken back.
  for (const [key, record] of [...applied].reverse()) {
    const intent = intents.get(key);
    if (intent === undefined || intent.item.undoes !== undefined || taken.has(intent.item.id)) continue;
    if (!select(intent.item, intent.plan)) continue;
    taken.add(intent.item.id);
    const { item } = intent;
    const { id, policy, account, region, resource } = item;
    const fingerprint = record.after?.fingerprint ?? "";
    const hold = (reason: string): void => {
      held.push({ id, policy, account, region, resource, outcome: "blocked", reason });
    };
    if (undone.has(`${id} ${fingerprint}`)) hold("taken back already");
    else if (item.undo.length === 0) hold(item.undo_note ?? "the remediation has no undo");
    else if (record.after === undefined || record.after.undo.length !== item.undo.length || fingerprint === "") {
      hold("the journal does not hold everything its undo needs; take it back by hand");
    } else if (!catalogue.types.has(resource.type)) hold(`the catalogue has no type ${resource.type}`);
    else items.push(undoItem(item, record.after));
  }
  // A killed run may have changed these: to say that nothing was applied would be wrong.
  for (const { item, plan } of begun.values()) {
    if (item.undoes !== undefined || taken.has(item.id) || !select(item, plan)) continue;
    taken.add(item.id);
    const { id, policy, account, region, resource } = item;
    held.push({ id, policy, account, region, resource, outcome: "blocked", reason: CUT_OFF });
  }
  return { header: headerOf("undo", items, held, input, NO_SCAN), items: items.sort(byId) };
}

function undoItem(item: PlanItem, after: NonNullable<OutcomeRecord["after"]>): PlanItem {
  const { undo_note: note, ...rest } = item;
  return {
    ...rest,
    id: hash(["undo", item.id, after.fingerprint]).slice(0, 32),
    before: item.deletes ? {} : after.fields,
    after: item.deletes ? {} : item.before,
    fields: item.deletes ? [] : item.fields,
    deletes: false,
    fingerprint: after.fingerprint,
    calls: after.undo,
    undo: [],
    ...(note === undefined ? {} : { undo_note: note }),
    reason: `takes back ${item.remediation}`,
    undoes: item.id,
  };
}

/**
 * Why an item of an undo plan may not run; undefined where it may. A plan is a file, and hashes that stand in the same file prove nothing: it must be what
 * the journal makes of the application it names. Nor does the journal alone prove anything, because more people may write to its branch than to the default
 * branch: its calls must be those that the catalogue has for the way back.
 */
export function whyNotGenuine(
  item: PlanItem,
  records: readonly JournalRecord[],
  catalogue: CompiledCatalogue,
): { readonly outcome: "policy_gone" | "blocked"; readonly reason: string } | undefined {
  const applied = takenBack(item, records);
  if (applied === undefined)
    return { outcome: "policy_gone", reason: "the journal holds no application that this would take back" };
  const other = otherUndo(applied, item.calls, catalogue);
  return other === undefined ? undefined : { outcome: "blocked", reason: other };
}

/** The applied item whose undo the item is, letter by letter. */
function takenBack(item: PlanItem, records: readonly JournalRecord[]): PlanItem | undefined {
  const intents = new Map<string, PlanItem>();
  for (const record of records) {
    if (record.record === "intent" && record.item.id === item.undoes && record.item.undoes === undefined) {
      intents.set(record.plan, record.item);
    }
    if (record.record !== "outcome" || record.item !== item.undoes || record.after === undefined) continue;
    const applied = intents.get(record.plan);
    if (applied !== undefined && sameJson(toJson(undoItem(applied, record.after)), toJson(item))) return applied;
  }
  return undefined;
}
