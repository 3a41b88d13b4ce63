import { expect, test } from "vitest";
import { applyProgress, scanProgress } from "../../src/commands/progress.ts";
import type { Io } from "../../src/types/io.ts";
import type { Outcome, OutcomeCode } from "../../src/types/outcome.ts";
import { terminalOf } from "../cli/terminal.ts";

/** A clock that goes on by `step` milliseconds with every look. */
function ticking(io: Io, step: number): Io {
  let now = io.clock.now();
  return { ...io, clock: { ...io.clock, now: () => (now += step) } };
}

const place = { account: "111111111111", region: "us-east-1", type: "s3.bucket" };
const done = (unitsDone: number) => ({
  ...place,
  unitsDone,
  unitsTotal: 4,
  resources: unitsDone * 10,
  failing: unitsDone,
});
const outcome = (code: OutcomeCode, resource = "orders"): Outcome => ({
  item: "a",
  outcome: code,
  reason: "",
  next: "",
  policy: "p",
  account: "111111111111",
  region: "us-east-1",
  resource,
});

test("a short scan says nothing in a log, a long one a line every few seconds", () => {
  for (const [step, lines] of [
    [100, 0],
    [3_000, 2],
  ] as const) {
    const { io, out, err } = terminalOf();
    const progress = scanProgress(ticking(io, step));
    for (const unit of [1, 2, 3, 4]) progress.onProgress(done(unit));
    progress.end();
    expect(out()).toBe("");
    expect(err().split("\n").slice(0, -1)).toHaveLength(lines);
    expect(err()).not.toContain("\u001b");
  }
});

test("on a terminal one line is written over, shown to the end, and wiped in the end", () => {
  const { io, err } = terminalOf({ isTerminal: true });
  const progress = scanProgress(ticking(io, 200));
  for (const unit of [1, 2, 3, 4]) progress.onProgress(done(unit));
  progress.end();
  expect(err()).toContain("scanning 4/4 lists, 40 resources, 4 failing");
  expect(err()).not.toContain("\n");
  expect(err().endsWith("\r\u001b[2K")).toBe(true);
});

test("while applying, what did not go well is said at once, and harmlessly", () => {
  const { io, err } = terminalOf();
  const progress = applyProgress(io);
  progress.onOutcome(outcome("applied"), 1, 3);
  progress.onOutcome(outcome("already_ok"), 2, 3);
  progress.onOutcome(outcome("stale", "x\n::error::\u001b[31m"), 3, 3);
  progress.end();
  expect(err()).toBe("stale: x\\u{a}::error::\\u{1b}[31m in 111111111111 (p)\n");
});
