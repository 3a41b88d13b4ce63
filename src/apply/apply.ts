import type { EffectivePolicy } from "../catalogue/compiled.ts";
import { Bug, UsageError } from "../errors.ts";
import { seconds } from "../plan/calls.ts";
import { unconfirmedLines } from "../plan/confirm.ts";
import { planDigest } from "../plan/file.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import { unknownFrom } from "../scan/resource.ts";
import type { Config } from "../types/catalogue.ts";
import { type JournalRecord, noOutcomes, type Outcome, type OutcomeCode } from "../types/outcome.ts";
import type { Plan, PlanHeader, PlanItem } from "../types/plan.ts";
import { admission } from "./admission.ts";
import { type ApplyContext, isoNow, outcomeOf } from "./context.ts";
import type { After } from "./ending.ts";
import { exceptedNow } from "./excepted.ts";
import { historyOf, type ItemHistory, NEW } from "./history.ts";
import { applyItem } from "./item.ts";

const ACCOUNTS_AT_ONCE = 4;
/** Intents are written for so many items at least before the first of them is touched. */
const WAVE = 50;
/** A large plan has larger waves instead of more: each is a write of the journal, and calls of GitHub are counted. */
const WAVES = 4;
/** After so many denials in a row an account is left alone: its role is wrong, not its resources. */
const DENIED_IN_A_ROW = 3;

export interface Applied {
  readonly plan: string;
  readonly outcomes: readonly Outcome[];
  readonly counts: Readonly<Record<OutcomeCode, number>>;
}

/**
 * Applies an approved plan. First one item of each policy, as a canary; the rest only where that went well. One failing item never
 * blocks others. May be run again at any time: what is done is not done twice.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Applied> {
  const { header, items } = plan;
  const over = whyOver(header, context.config, context.clock.now());
  if (over !== undefined) throw new UsageError(`${over}; make a new one`);
  const run = new ApplyRun(plan, context);
  await run.start();
  const queue = await run.admit(items, await exceptedNow(items, context));
  const canaries = firstOfEach(queue);
  await run.wave(canaries);
  const rest = queue.filter((item) => !canaries.includes(item));
  const size = Math.max(WAVE, Math.ceil(rest.length / WAVES));
  for (let index = 0; index < rest.length; index += size) await run.wave(rest.slice(index, index + size));
  return run.result();
}

/** Why nothing of a plan may run by its expiry; undefined where it may. `now`: milliseconds since 1970. */
export function whyOver(
  { expires }: Pick<PlanHeader, "expires">,
  { plan_ttl: ttl }: Pick<Config, "plan_ttl">,
  now: number,
): string | undefined {
  if (now > Date.parse(expires)) return `the plan expired on ${expires}`;
  // The header is no part of what is hashed: an expiry that is further off than any plan's of today was put off by somebody.
  return Date.parse(expires) <= now + (seconds(ttl) + 86_400) * 1000
    ? undefined
    : `the plan's expiry (${expires}) is later than \`plan_ttl: ${ttl}\` allows`;
}

class ApplyRun {
  readonly #plan: Plan;
  readonly #digest: string;
  readonly #context: ApplyContext;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #stoppedPolicies = new Map<string, string>();
  readonly #denied = new Map<string, number>();
  #history: ReadonlyMap<string, ItemHistory> = new Map();
  #records: readonly JournalRecord[] = [];

  constructor(plan: Plan, context: ApplyContext) {
    this.#plan = plan;
    this.#digest = planDigest(plan.header);
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#records = (await this.#context.journal.read()).records;
    this.#history = historyOf(
      this.#records,
      { plan: this.#digest, approval: this.#context.approval },
      this.#context.clock.now(),
    );
  }

  /** Lets in what may run; how the rest ends is told at once, and what no policy asks for any more is done with. */
  async admit(items: readonly PlanItem[], excepted: ReadonlyMap<string, Outcome>): Promise<readonly PlanItem[]> {
    const { queue, ended } = admission(items, {
      history: this.#history,
      records: this.#records,
      catalogue: this.#context.catalogue,
      excepted,
      approval: this.#context.approval,
      unconfirmed: isAttended(this.#context) ? new Map() : unconfirmedLines(this.#plan),
      guards: this.#context.config.guards,
      effective: (item) => this.#effective(item),
    });
    for (const outcome of ended) {
      this.#end(outcome);
      const told = this.#history.get(outcome.item)?.last?.outcome === outcome.outcome;
      if (outcome.outcome === "policy_gone" && !told) await this.#journalOutcome(outcome, undefined);
    }
    return queue;
  }

  /** Writes the intents of all items of the wave, then works on them: accounts side by side, the items of one account in turn. */
  async wave(items: readonly PlanItem[]): Promise<void> {
    const { journal, clock, run, approval } = this.#context;
    const open: PlanItem[] = [];
    for (const item of items) if (!(await this.#stopped(item))) open.push(item);
    const intents = open.map((item) => ({
      record: "intent" as const,
      at: isoNow(clock),
      run,
      plan: this.#digest,
      approval,
      item,
    }));
    if (intents.length > 0) await journal.append(intents);
    const byAccount = Map.groupBy(open, (item) => item.account);
    await forEachConcurrent(byAccount, ACCOUNTS_AT_ONCE, async ([account, own]) => {
      try {
        await this.#context.reader.enter(account);
        await this.#context.writer.enter(account);
      } catch (error) {
        const { message } = unknownFrom(error);
        const remedy =
          error instanceof Error && "remedy" in error ? String(error.remedy) : "mend the roles in the account";
        const kind = error instanceof Error && "kind" in error ? error.kind : undefined;
        const code = kind === "denied" || kind === "credentials" ? "denied" : "failed";
        for (const item of own) await this.#record(outcomeOf(item, code, message, remedy), undefined);
        return;
      }
      for (const item of own) await this.#one(item);
    });
  }

  async #one(item: PlanItem): Promise<void> {
    if (await this.#stopped(item)) {
      await this.#journalOutcome(this.#outcomes.get(item.id), undefined);
      return;
    }
    const history = this.#history.get(item.id) ?? NEW;
    const { outcome, after, alarming } = await applyItem(
      item,
      this.#effective(item),
      history,
      this.#digest,
      this.#context,
    );
    await this.#record(outcome, after);
    this.#denied.set(item.account, outcome.outcome === "denied" ? (this.#denied.get(item.account) ?? 0) + 1 : 0);
    // A refused call changed nothing and says little of other resources. A call that was taken and did not do its work says that the
    // remediation does not do what it says.
    if (alarming === true) {
      this.#stoppedPolicies.set(item.policy, `${item.resource.id} in ${item.account} ended ${outcome.outcome}`);
    }
  }

  /** Ends the item as not started where nothing may be changed now, or where its policy or account was stopped. */
  async #stopped(item: PlanItem): Promise<boolean> {
    // Asked before each item: those of a large wave may take longer than a change window is open.
    const halt = await this.#context.stopped();
    if (halt !== undefined) {
      this.#end(outcomeOf(item, "not_started", halt, "a later run takes it up"));
      return true;
    }
    const policy = this.#stoppedPolicies.get(item.policy);
    const denied = (this.#denied.get(item.account) ?? 0) >= DENIED_IN_A_ROW;
    if (policy === undefined && !denied) return false;
    const reason =
      policy === undefined ? `${DENIED_IN_A_ROW} items in a row were denied in ${item.account}` : `stopped: ${policy}`;
    this.#end(outcomeOf(item, "not_started", reason, "mend the cause, then run apply again"));
    return true;
  }

  async #record(outcome: Outcome, after: After | undefined): Promise<void> {
    this.#end(outcome);
    await this.#journalOutcome(outcome, after);
  }

  async #journalOutcome(outcome: Outcome | undefined, after: After | undefined): Promise<void> {
    if (outcome === undefined) return;
    const { clock, run, journal, approval } = this.#context;
    const { item, outcome: code, reason } = outcome;
    const base = {
      record: "outcome" as const,
      at: isoNow(clock),
      run,
      plan: this.#digest,
      approval,
      item,
      outcome: code,
      reason,
    };
    // A later run finds it out again from intent, steps and the resource itself.
    await journal.append([after === undefined ? base : { ...base, after }], "later");
  }

  #end(outcome: Outcome): void {
    if (this.#outcomes.has(outcome.item)) return;
    this.#outcomes.set(outcome.item, outcome);
    this.#context.onOutcome?.(outcome, this.#outcomes.size, this.#plan.items.length);
  }

  #effective(item: PlanItem): EffectivePolicy | undefined {
    return this.#context.policies.find(
      ({ policy, account }) => policy.file.id === item.policy && account.id === item.account,
    );
  }

  /** Approved items = the sum of the outcomes, or the run is wrong about itself. */
  result(): Applied {
    const counts = noOutcomes();
    const outcomes = this.#plan.items.map((item) => {
      const outcome = this.#outcomes.get(item.id);
      if (outcome === undefined) throw new Bug(`item ${item.id} has no outcome`);
      counts[outcome.outcome] += 1;
      return outcome;
    });
    return { plan: this.#digest, outcomes, counts };
  }
}

/** A person at a terminal sees what it is about, and is not asked for names once more. */
function isAttended({ approval, unattended }: ApplyContext): boolean {
  return approval === "" && unattended !== true;
}

function firstOfEach(items: readonly PlanItem[]): PlanItem[] {
  const seen = new Set<string>();
  return items.filter(({ policy }) => {
    const first = !seen.has(policy);
    seen.add(policy);
    return first;
  });
}
