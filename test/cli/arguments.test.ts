import { expect, test } from "vitest";
import { main } from "../../src/cli.ts";
import { COMMANDS, commandNames } from "../../src/commands/all.ts";
import { terminalOf } from "./terminal.ts";

const home = { root: "/nowhere", data: "/nowhere" };

async function run(argv: readonly string[]) {
  const { io, out, err } = terminalOf();
  return { exit: await main(home, argv, io), out: out(), err: err() };
}

test.each([
  ["scna", "scan"],
  ["aply", "apply"],
  ["validat", "validate"],
  ["rolls", "roles"],
])("there is no command %s: the nearest is %s", async (wrong, near) => {
  expect(await run([wrong])).toEqual({
    exit: 2,
    out: "",
    err: `There is no command ${wrong} (did you mean ${near}?); evenkeel --help lists them.\n`,
  });
});

test("a name that is nothing like a command, or belongs to every object, is no command", async () => {
  for (const name of ["constructor", "__proto__", "toString", "zzzzzzzz"]) {
    const { exit, err } = await run([name]);
    expect(exit).toBe(2);
    expect(err).toContain(`There is no command ${name};`);
  }
});

test.each(commandNames)("%s refuses an option that it does not have, naming the nearest", async (name) => {
  const { options } = await COMMANDS[name]();
  const [longest = ""] = Object.keys(options).sort((a, b) => b.length - a.length);
  const wrong = `${longest.slice(0, 1)}${longest.slice(2)}`;
  const { exit, err } = await run([name, `--${wrong}`, "x"]);
  expect(exit).toBe(2);
  expect(err).toContain(`${name} has no option --${wrong} (did you mean --${longest}?)`);
});

const commands = await Promise.all(commandNames.map((name) => COMMANDS[name]()));
const wordless = commands.filter(({ takesName }) => takesName !== true).map(({ name }) => name);
test.each(wordless)("%s refuses a word that would have no effect", async (name) => {
  expect(wordless).toContain("scan");
  const { exit, err } = await run([name, "prod"]);
  expect(exit).toBe(2);
  expect(err).toContain(`${name} takes no argument prod; usage: evenkeel ${name}`);
});

test.each([
  ["scan", "--accounts", ""],
  ["scan", "--accounts", " , "],
  ["report", "--policies", ""],
  ["apply", "--plan", ""],
  ["undo", "--item", "", "--plan", "abc"],
])("an option that came out empty does not mean everything: %s %s %j", async (name, option, ...rest) => {
  const { exit, err } = await run([name, option, ...rest]);
  expect(exit).toBe(2);
  expect(err).toContain(`${option} is given, but empty`);
});

test("hostile words of the caller come back as mere text", async () => {
  for (const argv of [["\u001b[31m\n::error::x"], ["scan", "--\u202e\n::error::"], ["scan", "\u001b]8;;x\u0007"]]) {
    const { exit, err } = await run(argv);
    expect(exit).toBe(2);
    expect(err).not.toMatch(/[\u001b\u202e\u0007]/);
    expect(err.trimEnd()).not.toContain("\n");
  }
});

test("--version says a version", async () => {
  for (const flag of ["--version", "-V"]) {
    expect(await run([flag])).toEqual({ exit: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
  }
});
