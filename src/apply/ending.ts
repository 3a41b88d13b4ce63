import { canonical } from "../json.ts";
import { unknownFrom } from "../scan/resource.ts";
import type { JsonObject } from "../types/json.ts";
import type { JournalRecord, Outcome } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import { outcomeOf } from "./context.ts";
import { StepError } from "./execute.ts";
import { shows } from "./look.ts";

/** The after-state of an applied item, for its journal record. */
export type After = NonNullable<Extract<JournalRecord, { record: "outcome" }>["after"]>;

export interface Ended {
  readonly outcome: Outcome;
  /** A call was taken and did not do what it says: nothing more of this remediation should run. */
  readonly alarming?: true;
  readonly after?: After;
}

/** The resource changed while its item was under way. */
export class StaleError extends Error {
  override readonly name = "StaleError";
}

export function end(item: PlanItem, outcome: Outcome["outcome"], reason: string, next: string): Ended {
  return { outcome: outcomeOf(item, outcome, reason, next) };
}

export function failure(item: PlanItem, error: unknown): Ended {
  if (error instanceof StaleError) return end(item, "stale", error.message, "review it in the next report");
  if (error instanceof StepError)
    return end(item, "failed", error.message, "look at the resource, then run apply again");
  // Throws what is our own mistake; of AWS's errors the whole message is kept, with request ID and AWS's words: this is what people search for.
  unknownFrom(error);
  const kind = error instanceof Error && "kind" in error ? error.kind : undefined;
  const remedy =
    error instanceof Error && "remedy" in error && typeof error.remedy === "string" ? error.remedy : undefined;
  if (kind === "denied" || kind === "credentials") {
    return end(item, "denied", errorWords(error), remedy ?? "mend the remediation role's permissions");
  }
  const refused = kind === "invalid" || kind === "conflict" || kind === "not_found";
  const next = refused
    ? "AWS refused the call: look at the resource; the next plan takes up what still fails"
    : "run apply again";
  return end(item, "failed", errorWords(error), remedy ?? next);
}

export function errorWords(error: unknown): string {
  return error instanceof Error ? error.message : "the call's result is not known";
}

export function maybeDone(error: unknown): boolean {
  return error instanceof Error && "maybeDone" in error && error.maybeDone === true;
}

export function drift(item: PlanItem, now: JsonObject): JsonObject {
  const changed = item.fields.filter((name) => !(shows(now, item.before, [name]) && shows(item.before, now, [name])));
  return Object.fromEntries(
    changed.map((name) => [name, { planned_from: item.before[name] ?? null, now: now[name] ?? null }]),
  );
}

export function changedWords(item: PlanItem, now: JsonObject): string {
  const names = Object.keys(drift(item, now));
  const what =
    names.length === 0
      ? `something in ${item.covers.join(", ")}`
      : names.map((name) => `${name} (now ${short(now[name] ?? null)})`).join(", ");
  return `changed since the plan was made: ${what}`;
}

function short(value: JsonObject[string]): string {
  const text = canonical(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
