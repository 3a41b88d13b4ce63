import { Duration } from "@marcbachmann/cel-js/evaluator";
import { EvaluationFault } from "../faults.ts";

const MAX_TEXT = 1_000_000;
const MAX_LIST = 100_000;

/** What it costs to handle values, in steps: text, lists and maps by their size. */
export function costOf(values: readonly unknown[]): number {
  let cost = 0;
  for (const value of values) {
    if (typeof value === "string") cost += value.length >> 10;
    else if (Array.isArray(value)) cost += value.length >> 4;
    else if (value instanceof Map) cost += value.size >> 4;
  }
  return cost;
}

const FIRST_INSTANT = new Date("0001-01-01T00:00:00Z").getTime();
const LAST_INSTANT = new Date("9999-12-31T23:59:59.999Z").getTime();
const LONGEST_SECONDS = 315_576_000_000n;

/**
 * CEL's times end at the years 1 and 9999, its durations at about 10 000 years. Text and lists end where no policy needs more: a few
 * bindings that each double the one before would fill any memory.
 */
export function inRange(value: unknown): unknown {
  if (value instanceof Date && !(value.getTime() >= FIRST_INSTANT && value.getTime() <= LAST_INSTANT)) {
    throw new EvaluationFault("the timestamp is out of range");
  }
  if (value instanceof Duration && (value.seconds > LONGEST_SECONDS || value.seconds < -LONGEST_SECONDS)) {
    throw new EvaluationFault("the duration is out of range");
  }
  if (typeof value === "string" && value.length > MAX_TEXT) throw new EvaluationFault("the text is too long");
  if (Array.isArray(value) && value.length > MAX_LIST) throw new EvaluationFault("the list is too long");
  return value;
}
