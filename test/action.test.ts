import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { INPUTS, OUTPUTS } from "../src/action-io.ts";
import { COMMANDS, commandNames } from "../src/commands/all.ts";
import { OUTCOMES } from "../src/types/outcome.ts";

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}
const root = join(import.meta.dirname, "..");
const action: ActionFile = parse(readFileSync(join(root, "action.yml"), "utf8"));
/** Commands for a person at a terminal: they take a name as an argument, or print what is pasted once. */
const TERMINAL: readonly string[] = ["explain", "roles", "log"];
const names = commandNames.filter((name) => !TERMINAL.includes(name));
const commands = await Promise.all(names.map(async (name) => COMMANDS[name]()));

test("action.yml and the code name the same inputs and outputs", () => {
  expect(Object.keys(action.inputs)).toEqual([...INPUTS]);
  expect(Object.keys(action.outputs).sort()).toEqual([...OUTPUTS].sort());
  expect(new Set(OUTPUTS).size).toBe(OUTPUTS.length);
  expect(OUTPUTS).toEqual(expect.arrayContaining([...OUTCOMES]));
});

test("every input and output says what it is, and every default is text", () => {
  for (const { description, default: value } of Object.values(action.inputs)) {
    expect(description).toMatch(/\.$/);
    expect(typeof value).toBe("string");
  }
  for (const { description } of Object.values(action.outputs)) expect(description).toMatch(/\.$/);
});

test("every input is an option of a command, and every option of a command is an input", () => {
  const options = new Set(commands.flatMap((command) => Object.keys(command.options)));
  const inputs = INPUTS.filter((name) => name !== "command");
  expect(inputs.filter((name) => !options.has(name))).toEqual([]);
  expect([...options].filter((name) => !inputs.some((input) => input === name))).toEqual([]);
});

test("the command input names every command and defaults to one", () => {
  const description = action.inputs["command"]?.description ?? "";
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(description))).toEqual([]);
  expect(names).toContain(action.inputs["command"]?.default);
});

test("the action runs the committed bundle on Node 24", () => {
  expect(action.runs.using).toBe("node24");
  expect(action.runs.main).toBe("dist/action.js");
  expect(existsSync(join(root, action.runs.main))).toBe(true);
});
