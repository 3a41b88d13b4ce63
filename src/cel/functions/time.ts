import { Duration } from "@marcbachmann/cel-js/evaluator";
import { EvaluationFault } from "../faults.ts";
import { describeValue, durationText } from "../to-json.ts";
import { DURATION, TIMESTAMP } from "../types.ts";
import { intArgument } from "./arguments.ts";
import type { CelFunction } from "./register.ts";

const SECONDS_PER_DAY = 86_400n;
/** The largest span of CEL: about 10 000 years. */
const MAX_DAYS = 3_660_000n;

export const timeFunctions: readonly CelFunction[] = [
  {
    signature: `days(int): ${DURATION}`,
    description: "A duration of so many times 24 hours.",
    example: "now - resource.CreateDate > days(90)",
    implementation: (count) => {
      const days = intArgument(count, "days()");
      if (days > MAX_DAYS || days < -MAX_DAYS) throw new EvaluationFault("days() is out of range");
      return new Duration(days * SECONDS_PER_DAY);
    },
  },
  {
    signature: `string(${TIMESTAMP}): string`,
    description: "The time in ISO 8601, UTC, with a fraction only where there is one.",
    example: 'string(timestamp("2026-01-01T00:00:00Z")) == "2026-01-01T00:00:00Z"',
    implementation: (time) =>
      date(time)
        .toISOString()
        .replace(/\.?0*Z$/, "Z"),
  },
  {
    signature: `timestamp(${TIMESTAMP}): ${TIMESTAMP}`,
    description: "The same time.",
    example: "timestamp(now) == now",
    implementation: (time) => time,
  },
  {
    signature: `duration(${DURATION}): ${DURATION}`,
    description: "The same duration.",
    example: 'duration(days(1)) == duration("24h")',
    implementation: (span) => span,
  },
  {
    signature: `string(${DURATION}): string`,
    description: "The duration in seconds.",
    example: 'string(duration("1h")) == "3600s"',
    implementation: (span) => {
      if (span instanceof Duration) return durationText(span);
      throw new EvaluationFault(`string() takes a duration, found ${describeValue(span)}`);
    },
  },
  {
    signature: `int(${TIMESTAMP}): int`,
    description: "Seconds since 1970-01-01.",
    example: 'int(timestamp("1970-01-02T00:00:00Z")) == 86400',
    implementation: (time) => BigInt(Math.floor(date(time).getTime() / 1000)),
  },
];

function date(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new EvaluationFault(`expected a timestamp, found ${describeValue(value)}`);
}
