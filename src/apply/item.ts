import type { EffectivePolicy } from "../catalogue/compiled.ts";
import { JournalError } from "../errors.ts";
import { seconds } from "../plan/calls.ts";
import type { JsonObject } from "../types/json.ts";
import type { PlanItem } from "../types/plan.ts";
import { type ApplyContext, isoNow, outcomeOf } from "./context.ts";
import { otherCalls } from "./derive.ts";
import { changedWords, drift, type Ended, end, errorWords, failure, maybeDone, StaleError } from "./ending.ts";
import { execute, recover } from "./execute.ts";
import type { ItemHistory } from "./history.ts";
import { asPlanned, leftBehind } from "./left-behind.ts";
import { callRegion, type Look, look } from "./look.ts";
import { isReached, restores } from "./reached.ts";
import { urgencyOf } from "./step-record.ts";

/** How often what is done but not quite as planned is looked at again. */
const SETTLING_LOOKS = 3;
const READ_NEXT = "mend the read role's permissions and run apply again";

/** Compare and set for one item, whose intent stands in the journal: read, compare, call, read again, check. */
export async function applyItem(
  item: PlanItem,
  effective: EffectivePolicy | undefined,
  history: ItemHistory,
  plan: string,
  context: ApplyContext,
): Promise<Ended> {
  const account = context.config.accounts.find(({ id }) => id === item.account);
  const type = context.catalogue.types.get(item.resource.type);
  if (account === undefined || type === undefined) {
    return end(
      item,
      "policy_gone",
      `account ${item.account} or type ${item.resource.type} is no longer configured`,
      "nothing to do",
    );
  }
  const one = new OneItem(item, effective, plan, context, () => look(item, type, account, context));
  try {
    return await one.run(history);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    return failure(item, error);
  }
}

class OneItem {
  readonly #item: PlanItem;
  readonly #effective: EffectivePolicy | undefined;
  readonly #plan: string;
  readonly #context: ApplyContext;
  readonly #look: () => Promise<Look>;
  /** Every call was made in this run. */
  #restored = false;

  constructor(
    item: PlanItem,
    effective: EffectivePolicy | undefined,
    plan: string,
    context: ApplyContext,
    again: () => Promise<Look>,
  ) {
    this.#item = item;
    this.#effective = effective;
    this.#plan = plan;
    this.#context = context;
    this.#look = again;
  }

  async run(history: ItemHistory): Promise<Ended> {
    const item = this.#item;
    const seen = await this.#look();
    if (seen.kind === "unreadable") {
      return end(item, "unknown", `\`resource.${seen.field}\` could not be read: ${seen.message}`, READ_NEXT);
    }
    // A killed run may have got as far as the change itself: then there is nothing left but to say so.
    if (await this.#reached(seen)) {
      // A change that did not show in time may show by now: then its undo is to be had after all.
      const late = history.last?.outcome === "verify_failed";
      if (history.cutOff === undefined && !late) return this.#alreadyOk();
      // However old: what was made is not gone on with here, it is only known for the undo.
      const steps = await this.#recovered(history.cutOff?.steps ?? history.steps, history.cutOff?.since);
      const words = late
        ? "the change of an earlier run shows by now"
        : "found done: by a run that was cut off, or by somebody else since";
      return this.#done(seen, steps, words);
    }
    if (seen.kind === "gone" && !restores(item))
      return end(item, "stale", "the resource is gone", "the next report leaves it out");
    if (seen.kind === "other") {
      return end(
        item,
        "stale",
        `another resource has its name: the plan saw ${seen.was}, now it is ${seen.is}`,
        "review it in the next report",
      );
    }
    if (seen.fingerprint !== item.fingerprint) {
      const fields = seen.kind === "there" ? seen.fields : {};
      const words =
        history.steps.size === 0
          ? changedWords(item, fields)
          : `${changedWords(item, fields)}; a run that was cut off had made ${[...history.steps.keys()].join(", ")}`;
      return { outcome: outcomeOf(item, "stale", words, "review it in the next report", drift(item, fields)) };
    }
    const other =
      seen.kind === "there"
        ? await otherCalls(item, this.#effective, seen.view, isoNow(this.#context.clock))
        : undefined;
    if (other !== undefined) return end(item, "stale", other, "review it in the next report");
    return this.#change(history.steps, history.since, 1);
  }

  async #change(done: ReadonlyMap<string, JsonObject>, since: string | undefined, attempt: number): Promise<Ended> {
    const { reader, writer, models, cel, clock, journal, run, approval } = this.#context;
    const item = this.#item;
    const made = new Map(done);
    const started = isoNow(clock);
    const onStep = async (step: string, output: JsonObject, requestId: string): Promise<void> => {
      made.set(step, output);
      const urgency = urgencyOf(item, step);
      if (item.calls.length === 1 && urgency === "later") return;
      const record = {
        record: "step" as const,
        at: isoNow(clock),
        run,
        plan: this.#plan,
        approval,
        item: item.id,
        step,
        output,
        request_id: requestId,
      };
      try {
        await journal.append([record], urgency);
      } catch (cause) {
        throw new JournalError(`the journal could not be written: ${errorWords(cause)}`, { cause });
      }
    };
    try {
      const region = callRegion(item, this.#context);
      const stillSame = item.deletes ? { stillSame: () => this.#stillSame() } : {};
      await execute(item, item.calls, {
        reader,
        writer,
        models,
        cel,
        clock,
        region,
        done,
        since,
        onStep,
        ...stillSame,
      });
      this.#restored = true;
    } catch (error) {
      if (!maybeDone(error)) throw error;
      // The answer was lost, not the call: only reading can tell what happened.
      const seen = await this.#look();
      if (await this.#reached(seen)) {
        const steps = await this.#recovered(made, since ?? started);
        return this.#done(seen, steps, "the answer was lost; reading shows that it was done");
      }
      const untouched = seen.kind === "there" && seen.fingerprint === item.fingerprint;
      if (untouched && attempt < 2) return this.#change(made, since ?? started, attempt + 1);
      const state = untouched ? "reading shows no change yet" : "the resource is neither as before nor as planned";
      const next = "look at the resource, then run apply again";
      return { ...end(item, "unknown", `${errorWords(error)}; ${state}`, next), alarming: true };
    }
    return this.#verify(made);
  }

  /** Only the last call of an item that deletes changes the resource: until then it must be what the plan saw. */
  async #stillSame(): Promise<void> {
    const seen = await this.#look();
    if (seen.kind === "there" && seen.fingerprint === this.#item.fingerprint) return;
    const what =
      seen.kind === "there" ? changedWords(this.#item, seen.fields) : "the resource is no longer what it was";
    throw new StaleError(`${what}; this was seen while the item was under way, and the rest of it was left undone`);
  }

  /** The outputs of steps whose answers were lost with the run or the connection: their undo needs them. */
  async #recovered(
    made: ReadonlyMap<string, JsonObject>,
    since: string | undefined,
  ): Promise<ReadonlyMap<string, JsonObject>> {
    if (since === undefined) return made;
    const { reader, models, cel } = this.#context;
    const region = callRegion(this.#item, this.#context);
    return recover(this.#item, made, since, { reader, models, cel, region });
  }

  /** Waits until the change shows (AWS is eventually consistent) before saying that it does not. */
  async #verify(made: ReadonlyMap<string, JsonObject>): Promise<Ended> {
    const { clock } = this.#context;
    const settles = this.#effective?.policy.remediation?.file.settles ?? "30s";
    const deadline = clock.now() + seconds(settles) * 1000;
    let seen = await this.#look();
    let settling = 0;
    for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
      const reached = await this.#reached(seen);
      // Done but not quite as planned may be on its way; what stays so is done all the same, only its undo is not ours to make.
      if (reached && (asPlanned(this.#item, seen) || settling === SETTLING_LOOKS)) return this.#done(seen, made, "");
      if (reached) settling += 1;
      else if (clock.now() + wait > deadline) return this.#notVerified(seen, made, settles);
      await clock.sleep(wait);
      seen = await this.#look();
    }
  }

  #notVerified(seen: Look, made: ReadonlyMap<string, JsonObject>, settles: string): Ended {
    const what =
      seen.kind === "unreadable" ? `\`resource.${seen.field}\` could not be read` : "the change does not show";
    const after = leftBehind(this.#item, seen, made, this.#context.cel);
    const next =
      after.fingerprint === ""
        ? "look at the resource, then run apply again"
        : "look at the resource; undo is possible";
    return {
      ...end(this.#item, "verify_failed", `every call was accepted, but after ${settles} ${what}`, next),
      after,
      alarming: true,
    };
  }

  #reached(seen: Look): Promise<boolean> {
    return isReached(this.#item, seen, { effective: this.#effective, restored: this.#restored }, this.#context);
  }

  #alreadyOk(): Ended {
    return end(this.#item, "already_ok", "it is already as it should be; no call was made", "nothing to do");
  }

  #done(seen: Look, made: ReadonlyMap<string, JsonObject>, note: string): Ended {
    const item = this.#item;
    const outcome = item.undoes === undefined ? "applied" : "undone";
    const reason = note === "" ? "every call was made, and reading again confirms it" : note;
    return {
      outcome: outcomeOf(item, outcome, reason, "nothing to do"),
      after: leftBehind(this.#item, seen, made, this.#context.cel),
    };
  }
}
