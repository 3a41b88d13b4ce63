import { JournalError } from "../errors.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import { unknownFrom } from "../scan/resource.ts";
import type { JsonObject } from "../types/json.ts";
import type { JournalRecord, OutcomeCode } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import { type ApplyContext, isoNow, type LookContext } from "./context.ts";
import { type After, changedWords, drift, errorWords } from "./ending.ts";
import { recover } from "./execute.ts";
import { FRESH_MS, historyOf } from "./history.ts";
import { leftBehind } from "./left-behind.ts";
import { callRegion, type Look, look, shows } from "./look.ts";
import { isReached, restores } from "./reached.ts";

/** So many in one run: each is some calls of AWS, and what is to be applied waits for them. */
export const MOST_SETTLED = 50;
const ACCOUNTS_AT_ONCE = 4;

/** An intent without an outcome, of a run that is long over. */
export interface LeftOpen {
  readonly item: PlanItem;
  readonly plan: string;
  readonly approval: string;
  /** When the run that was cut off began it, ISO 8601. */
  readonly since: string;
  /** Outputs of the steps that the journal holds. */
  readonly steps: ReadonlyMap<string, JsonObject>;
  /** Digest of a later plan that changed the same: what is seen now is that one's doing. */
  readonly overtaken?: string;
}

type OutcomeRecord = Extract<JournalRecord, { record: "outcome" }>;

/** What is found is written; there is no writer among the doors, so nothing here can change a resource. */
export interface SettleContext
  extends LookContext,
    Pick<ApplyContext, "policies" | "models" | "cel" | "journal" | "run"> {
  /** Asked before each look; throws where another run has taken over. */
  readonly hold: () => Promise<void>;
}

export interface Settled {
  /** As they were written. */
  readonly written: readonly OutcomeRecord[];
  /** What could not be read, and why; the next run tries again. */
  readonly unread: readonly { readonly left: LeftOpen; readonly reason: string }[];
  /** How many were left to the next run. */
  readonly rest: number;
}

/**
 * What runs that were cut off left open, oldest first, of which no word came for a quarter of an hour. `goesOn`: whether a run of today still takes
 * up what an approval of a plan began; asked for the last approval of each plan only, since no earlier one is taken up again. `now`: milliseconds
 * since 1970.
 */
export function leftOpen(
  records: readonly JournalRecord[],
  goesOn: (of: { readonly plan: string; readonly approval: string }) => boolean,
  now: number,
): readonly LeftOpen[] {
  const open = new Map<
    string,
    { intent: Extract<JournalRecord, { record: "intent" }>; heard: string; place: number }
  >();
  const latest = new Map<string, string>();
  const begun = new Map<string, { plan: string; approval: string; place: number }[]>();
  const changed = new Set<string>();
  for (const [place, record] of records.entries()) {
    const { plan, approval, at } = record;
    const id = record.record === "intent" ? record.item.id : record.item;
    const key = `${plan} ${approval} ${id}`;
    if (record.record === "intent") {
      latest.set(plan, approval);
      open.set(key, { intent: record, heard: at, place });
      begun.set(id, [...(begun.get(id) ?? []), { plan, approval, place }]);
    } else if (record.record === "step") {
      const known = open.get(key);
      if (known !== undefined) open.set(key, { ...known, heard: at });
    } else {
      open.delete(key);
      if (CHANGED.has(record.outcome)) changed.add(key);
    }
  }
  const left = [...open].flatMap(([key, { intent, heard, place }]): LeftOpen[] => {
    const { item, plan, approval } = intent;
    if (now - Date.parse(heard) <= FRESH_MS) return [];
    if (latest.get(plan) === approval && goesOn({ plan, approval })) return [];
    const cutOff = historyOf(records, { plan, approval }, now).get(item.id)?.cutOff;
    if (cutOff === undefined) return [];
    const over = begun.get(item.id)?.find((one) => {
      const other = `${one.plan} ${one.approval} ${item.id}`;
      return other !== key && one.place > place && (changed.has(other) || open.has(other));
    });
    return [{ item, plan, approval, ...cutOff, ...(over === undefined ? {} : { overtaken: over.plan }) }];
  });
  return left.sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
}

/** Outcomes of runs that saw the resource as their own plan did, and then changed it. */
const CHANGED: ReadonlySet<OutcomeCode> = new Set(["applied", "undone", "verify_failed"]);

/**
 * Looks at what was left open and writes how it ended, under the plan and the approval that began it, so that an undo finds it. In one write, so that
 * a run that dies here has changed nothing. Errors: JournalError.
 */
export async function settle(left: readonly LeftOpen[], context: SettleContext): Promise<Settled> {
  const written: OutcomeRecord[] = [];
  const unread: { left: LeftOpen; reason: string }[] = [];
  let looks = 0;
  let rest = 0;
  await forEachConcurrent(
    Map.groupBy(left, ({ item }) => item.account),
    ACCOUNTS_AT_ONCE,
    async ([account, own]) => {
      const [first] = own;
      const closed = await closedAccount(account, context);
      // One that cannot be entered costs no looks: those of the others would never have their turn.
      if (closed !== undefined && first !== undefined) {
        unread.push({ left: first, reason: closed });
        rest += own.length - 1;
        return;
      }
      for (const one of own) {
        if (looks === MOST_SETTLED) {
          rest += 1;
          continue;
        }
        looks += 1;
        await context.hold();
        const found = await lookAt(one, context);
        if ("unread" in found) unread.push({ left: one, reason: found.unread });
        else written.push(record(one, found, context));
      }
    },
  );
  if (written.length > 0) await context.journal.append(written);
  return { written, unread, rest };
}

async function closedAccount(account: string, { reader }: SettleContext): Promise<string | undefined> {
  try {
    await reader.enter(account);
    return undefined;
  } catch (error) {
    return unknownFrom(error).message;
  }
}

interface Found {
  readonly outcome: OutcomeCode;
  readonly reason: string;
  readonly after?: After;
}

function record({ item, plan, approval }: LeftOpen, found: Found, { clock, run }: SettleContext): OutcomeRecord {
  return { record: "outcome", at: isoNow(clock), run, plan, approval, item: item.id, ...found };
}

const FOUND_DONE = "found done: by a run that was cut off, or by somebody else since";

async function lookAt(left: LeftOpen, context: SettleContext): Promise<Found | { readonly unread: string }> {
  const { item, overtaken } = left;
  if (overtaken !== undefined) {
    const reason = `a run that began it was cut off, and plan ${overtaken.slice(0, 12)} took the same up since: what became of it is told there`;
    return { outcome: "stale", reason };
  }
  const account = context.config.accounts.find(({ id }) => id === item.account);
  const type = context.catalogue.types.get(item.resource.type);
  if (account === undefined || type === undefined) {
    return { unread: `account ${item.account} or type ${item.resource.type} is no longer configured` };
  }
  try {
    const seen = await look(item, type, account, context);
    if (seen.kind === "unreadable") return { unread: `\`resource.${seen.field}\` could not be read: ${seen.message}` };
    return await judge(left, seen, context);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    // Throws what is our own mistake.
    unknownFrom(error);
    return { unread: errorWords(error) };
  }
}

async function judge(
  { item, since, steps }: LeftOpen,
  seen: Exclude<Look, { kind: "unreadable" }>,
  context: SettleContext,
): Promise<Found> {
  const made = steps.size === 0 ? "" : `; the run that was cut off had made ${[...steps.keys()].join(", ")}`;
  if (restores(item)) {
    const reason = "what was deleted comes back as another resource, so reading cannot tell whether it did";
    return { outcome: "unknown", reason: `${reason}${made}` };
  }
  // First of all: a check that was loosened since passes on what nobody has touched.
  if (seen.kind === "there" && seen.fingerprint === item.fingerprint) {
    return { outcome: "not_started", reason: `a run that was cut off began it; reading shows no change${made}` };
  }
  if (await isDone(item, seen, context)) {
    const { reader, models, cel } = context;
    const outputs = await recover(item, steps, since, { reader, models, cel, region: callRegion(item, context) });
    return {
      outcome: item.undoes === undefined ? "applied" : "undone",
      reason: FOUND_DONE,
      after: leftBehind(item, seen, outputs, cel),
    };
  }
  if (seen.kind === "gone") return { outcome: "stale", reason: `the resource is gone${made}` };
  if (seen.kind === "other") {
    const reason = `another resource has its name: the plan saw ${seen.was}, now it is ${seen.is}`;
    return { outcome: "stale", reason: `${reason}${made}` };
  }
  const words = `a run that was cut off began it; ${changedWords(item, seen.fields)}${made}`;
  // Where no field that it sets is another one, what changed was not its doing.
  const touched = item.fields.length === 0 || Object.keys(drift(item, seen.fields)).length > 0;
  return touched
    ? { outcome: "unknown", reason: `${words}; it is neither as before nor as planned` }
    : { outcome: "stale", reason: words };
}

async function isDone(item: PlanItem, seen: Look, context: SettleContext): Promise<boolean> {
  const effective = context.policies.find(
    ({ policy, account }) => policy.file.id === item.policy && account.id === item.account,
  );
  const reached = () => isReached(item, seen, { effective, restored: false }, context);
  if (item.deletes || item.undoes !== undefined || item.fields.length === 0 || seen.kind !== "there") return reached();
  // It passes for another reason where what the change sets is still as it was.
  if (Object.keys(drift(item, seen.fields)).length === 0) return false;
  // The policy may be gone or ask for more by now: the change that was planned stands all the same.
  const exact = shows(seen.fields, item.after, item.fields) && shows(item.after, seen.fields, item.fields);
  return exact || (await reached());
}
