import { EvaluationFault } from "../faults.ts";
import { describeValue } from "../to-json.ts";

/** Narrowing of arguments. A value of no declared type reaches a function unchecked where its signature says `dyn`. */

export function textArgument(value: unknown, of: string): string {
  if (typeof value === "string") return value;
  throw new EvaluationFault(`${of} takes text, found ${describeValue(value)}`);
}

export function intArgument(value: unknown, of: string): bigint {
  if (typeof value === "bigint") return value;
  throw new EvaluationFault(`${of} takes a whole number, found ${describeValue(value)}`);
}

export function listArgument(value: unknown, of: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new EvaluationFault(`${of} takes a list, found ${describeValue(value)}`);
}
