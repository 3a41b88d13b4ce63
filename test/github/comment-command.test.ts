import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCommentCommand as parse } from "../../src/github/comment-command.ts";

const A = "0bd479c75644";
const B = "ffffffff0000000000000000000000aa";

test("the exact forms", () => {
  expect(parse(`/reject ${A}`)).toEqual({ kind: "reject", items: [A], reason: "" });
  expect(parse(`/reject  ${A}\t${B} ${A} owned by  the press office \r\n/waive ${A} 9d no`)).toEqual({
    kind: "reject",
    items: [A, B],
    reason: "owned by the press office",
  });
  expect(parse(`/snooze ${A} ${B} 30d after the  release`)).toEqual({
    kind: "snooze",
    items: [A, B],
    days: 30,
    reason: "after the release",
  });
  expect(parse(`/snooze ${A}`)).toEqual({ kind: "snooze", items: [A], days: undefined, reason: "" });
  expect(parse(`/snooze ${A} after the release`)).toMatchObject({ days: undefined, reason: "after the release" });
  expect(parse(`/unsnooze ${A} ${B} ${A}`)).toEqual({ kind: "unsnooze", items: [A, B], reason: "" });
  expect(parse(`/waive ${A} 180d moves in spring`)).toEqual({
    kind: "waive",
    item: A,
    days: 180,
    reason: "moves in spring",
  });
});

test("what is no command of ours is ignored: other words, other places", () => {
  const other = ["", "/", "/approve", "/merge", "/project x", "reject", "/label reject", "//reject", `a /reject ${A}`];
  const elsewhere = [` /reject ${A}`, `> /reject ${A}`, `\n/reject ${A}`, `\u2028/reject ${A}`, `\`/reject ${A}\``];
  for (const body of [...other, ...elsewhere]) expect(parse(body), body).toBeUndefined();
});

test("a slip in the name is told from another command", () => {
  for (const body of ["/rejct x", "/Reject", "/eject", "/rejects"])
    expect(parse(body), body).toEqual({ kind: "misspelt", meant: "reject" });
  for (const body of ["/snoze", "/Snooze x", "/snoozed"])
    expect(parse(body), body).toEqual({ kind: "misspelt", meant: "snooze" });
  for (const body of ["/unsnoze", "/UnSnooze x"])
    expect(parse(body), body).toEqual({ kind: "misspelt", meant: "unsnooze" });
  for (const body of ["/wave", "/WAIVE a", "/waives", "/waiev"])
    expect(parse(body), body).toEqual({ kind: "misspelt", meant: "waive" });
});

test("a slip in the form is never taken for something else", () => {
  const rejects = [
    "",
    "all",
    "0bd479c",
    A.toUpperCase(),
    `${A},${B}`,
    `${A} 0bd4`,
    `${A} ${B}0`,
    `${A} FFFFFFFF x`,
    `${A} ${B},${A}`,
  ];
  for (const rest of rejects) {
    for (const name of ["reject", "snooze", "unsnooze"])
      expect(parse(`/${name} ${rest}`), rest).toMatchObject({ kind: "malformed", name });
  }
  for (const rest of ["0d", "31d", "100d", "030d", "2w", "7", "7 days", "14D", "3h later", "0bd4"])
    expect(parse(`/snooze ${A} ${rest}`), rest).toMatchObject({ kind: "malformed", name: "snooze" });
  const waives = [
    `${A}`,
    `${A} 0d x`,
    `${A} 181d x`,
    `${A} 30 x`,
    `${A} 030d x`,
    `${A} -1d x`,
    `${A} 1e2d x`,
    "x 3d y",
  ];
  for (const rest of [...waives, `${A} 30d`, `${A} 30d   `, `${A} ${B} 30d x`])
    expect(parse(`/waive ${rest}`), rest).toMatchObject({ kind: "malformed", name: "waive" });
});

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\n", "\r", "\u202e", "\0", " ", "\t", "/", "`", "d", "7"),
    fc.string({ unit: "binary", maxLength: 1 }),
  ),
});

test("whatever the text: no throw, items are plain hex, days in bounds, a reason of one visible line", () => {
  const heads = fc.constantFrom(
    ...["", "/", "/reject ", "/waive ", `/reject ${A} `, `/waive ${A} 7d `, `/waive ${A} `],
    ...[`/snooze ${A} `, `/snooze ${A} 7d `, "/snooze ", `/unsnooze ${A} `],
  );
  fc.assert(
    fc.property(heads, hostile, (head, tail) => {
      const command = parse(head + tail);
      if (command !== undefined && "items" in command)
        for (const item of command.items) expect(item).toMatch(/^[0-9a-f]{8,32}$/);
      if (command?.kind === "snooze" && command.days !== undefined)
        expect(command.days >= 1 && command.days <= 30).toBe(true);
      if (command?.kind === "waive") {
        expect(command.item).toMatch(/^[0-9a-f]{8,32}$/);
        expect(command.days >= 1 && command.days <= 180).toBe(true);
        expect(command.reason).not.toBe("");
      }
      if (command !== undefined && "reason" in command)
        expect(command.reason).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
});
