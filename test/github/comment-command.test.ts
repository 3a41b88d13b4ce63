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
  for (const rest of rejects) expect(parse(`/reject ${rest}`), rest).toMatchObject({ kind: "malformed" });
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
  const heads = fc.constantFrom("", "/", "/reject ", "/waive ", `/reject ${A} `, `/waive ${A} 7d `, `/waive ${A} `);
  fc.assert(
    fc.property(heads, hostile, (head, tail) => {
      const command = parse(head + tail);
      if (command?.kind === "reject") for (const item of command.items) expect(item).toMatch(/^[0-9a-f]{8,32}$/);
      if (command?.kind === "waive") {
        expect(command.item).toMatch(/^[0-9a-f]{8,32}$/);
        expect(command.days >= 1 && command.days <= 180).toBe(true);
        expect(command.reason).not.toBe("");
      }
      if (command?.kind === "reject" || command?.kind === "waive")
        expect(command.reason).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
});
