import { expect, test } from "vitest";
import { Bug, problemText, UsageError, UserError, unreachable } from "../src/errors.ts";

const one = { file: "a.yaml", line: 3, column: 7, message: "unknown key `chekc`", nearest: "check" };

test("a problem is one line that an editor can follow, with the nearest name where there is one", () => {
  expect(problemText(one)).toBe("a.yaml:3:7: unknown key `chekc` (did you mean check?)");
  expect(problemText({ ...one, nearest: undefined })).toBe("a.yaml:3:7: unknown key `chekc`");
});

test("a user's error holds all problems and says them all", () => {
  const error = new UserError([one, { ...one, line: 9 }]);
  expect(error.problems).toHaveLength(2);
  expect(error.message.split("\n")).toEqual([problemText(one), problemText({ ...one, line: 9 })]);
});

test("kinds of errors are told apart by class and by name", () => {
  const errors = [new UserError([]), new UsageError("x"), new Bug("y")];
  expect(errors.map(({ name }) => name)).toEqual(["UserError", "UsageError", "Bug"]);
  expect(new UsageError("x")).not.toBeInstanceOf(UserError);
});

test("a state that cannot be is a bug that shows the value", () => {
  const impossible = (value: unknown) => unreachable(value as never);
  expect(() => impossible({ mode: "other" })).toThrow(Bug);
  expect(() => impossible("other")).toThrow('unexpected "other"');
});
