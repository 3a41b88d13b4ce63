import { expect, test } from "vitest";
import { main } from "../../src/cli.ts";
import { COMMANDS, commandNames } from "../../src/commands/all.ts";
import { displayWidth } from "../../src/text/width.ts";
import { terminalOf } from "./terminal.ts";

const home = { root: "/nowhere", data: "/nowhere" };

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { io, out, err } = terminalOf({ env });
  return { exit: await main(home, argv, io), out: out(), err: err() };
}

test("the overview names every command with its summary, and what the exit codes mean", async () => {
  for (const argv of [["--help"], ["-h"], ["help"]]) {
    const { exit, out } = await run(argv);
    expect(exit).toBe(0);
    for (const name of commandNames) {
      const { summary } = await COMMANDS[name]();
      expect(out.replace(/\s+/g, " ")).toContain(`${name} ${summary}`);
    }
    expect(out).toContain("0 clean");
  }
  expect((await run([])).exit).toBe(2);
});

test.each(commandNames)(
  "%s --help: what it does, every option in words, and an example of that very command",
  async (name) => {
    const command = await COMMANDS[name]();
    for (const flag of ["--help", "-h"]) {
      const { exit, out, err } = await run([name, flag]);
      expect({ exit, err }).toEqual({ exit: 0, err: "" });
      expect(out).toContain(`usage: evenkeel ${name}`);
      expect(out).toMatch(new RegExp(`\\nexample:\\n  evenkeel ${name}( .+)?\\n$`));
      for (const option of Object.keys(command.options)) {
        expect(command.help[option] ?? "", option).not.toBe("");
        expect(out).toContain(`--${option} `);
      }
    }
    // Each option of the example is one that the command has.
    const used = [...command.example.matchAll(/ --([a-z-]+)/g)].map(([, option = ""]) => option);
    expect(used.filter((option) => !Object.hasOwn(command.options, option))).toEqual([]);
  },
);

test.each([40, 80])(
  "help fits a terminal of %i columns, but for the example, which is there to be copied",
  async (width) => {
    for (const argv of [["--help"], ...commandNames.map((name) => [name, "--help"])]) {
      const { out } = await run(argv, { COLUMNS: String(width) });
      const wide = out.split("\n").filter((line) => displayWidth(line) > width);
      expect(
        wide.filter((line) => !line.startsWith("  evenkeel ")),
        argv.join(" "),
      ).toEqual([]);
    }
  },
);
