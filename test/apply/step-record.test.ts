import { expect, test } from "vitest";
import { urgencyOf } from "../../src/apply/step-record.ts";
import type { PlanItem, PlannedCall } from "../../src/types/plan.ts";
import { bucketItem } from "../report/sample.ts";

const call = (step: string, more: Partial<PlannedCall> = {}): PlannedCall => ({
  step,
  call: "ec2:CreateThing",
  params: {},
  ...more,
});
const reuse = { call: "ec2:DescribeThings", params: {}, items: "output.Things" };
const from = (step: string): Partial<PlannedCall> => ({ bind: { "/Id": `steps.${step}.Id` } });
const item = (calls: readonly PlannedCall[], undo: readonly PlannedCall[] = []): PlanItem => ({
  ...bucketItem(1),
  calls,
  undo,
});
const urgencies = (one: PlanItem): string => one.calls.map(({ step }) => urgencyOf(one, step)).join(" ");

test("a volume's steps can all wait: the snapshot is found again, the look is made again, the deletion shows", () => {
  const calls = [call("snapshot", { reuse }), call("wait", { reads: true, ...from("snapshot") }), call("delete")];
  expect(urgencies(item(calls, [call("restore", from("snapshot"))]))).toBe("later later later");
});

test("a write that nothing finds again is safe before the next one", () => {
  expect(urgencies(item([call("one"), call("two"), call("three")]))).toBe("now now later");
  // Only looks come after it: nothing is written that it could be made twice before.
  expect(urgencies(item([call("one"), call("look", { reads: true })]))).toBe("later later");
  expect(urgencies(item([call("one"), call("look", { reads: true, ...from("one") })]))).toBe("now later");
});

test("what something is made of is safe, where it cannot be found again: read now, it may differ", () => {
  const look = call("look", { reads: true });
  expect(urgencies(item([look, call("put", from("look"))]))).toBe("now later");
  expect(urgencies(item([look, call("put")], [call("back", from("look"))]))).toBe("now later");
  expect(urgencies(item([call("put")], [call("back", from("put"))]))).toBe("now");
  expect(urgencies(item([call("put", { reuse })], [call("back", from("put"))]))).toBe("later");
});

test("of a step that ran for each element, the name without its number counts, however it is asked for", () => {
  const each = [call("make.0"), call("make.1", { reads: true })];
  const back = call("back", { bind: { "/Ids": 'steps["make"].map(one, one.Id)' } });
  expect(urgencies(item(each, [back]))).toBe("now now");
});
