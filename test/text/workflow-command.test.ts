import fc from "fast-check";
import { expect, test } from "vitest";
import { command, commandData, commandProperty, withoutCommands } from "../../src/text/workflow-command.ts";
import { hostileText } from "./hostile.ts";

/** As the runner decodes them: https://github.com/actions/runner, ActionCommand.cs. */
function decodeData(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function decodeProperty(text: string): string {
  return decodeData(text.replaceAll("%3A", ":").replaceAll("%2C", ","));
}

test("a command is one line, and the runner reads back what went in", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (title, message) => {
      const line = command("error", { file: "a.yaml", line: 3, title }, message);
      expect(line).not.toMatch(/[\r\n]/);
      const [, properties = "", data = ""] = /^::error (.*?)::(.*)$/su.exec(line) ?? [];
      expect(decodeData(data)).toBe(message);
      expect(decodeProperty(properties.split(",")[2]?.replace("title=", "") ?? "")).toBe(title);
    }),
  );
});

test("escaping is GitHub's", () => {
  expect(commandData("50%\r\na:b,c")).toBe("50%25%0D%0Aa:b,c");
  expect(commandProperty("50%\na:b,c")).toBe("50%25%0Aa%3Ab%2Cc");
  expect(command("notice", { title: "" }, "x")).toBe("::notice::x");
});

test("between the lines of stop-commands nothing is a command", () => {
  const token = "a1".repeat(16);
  expect(withoutCommands("::error::x", token)).toBe(`::stop-commands::${token}\n::error::x\n::${token}::\n`);
  expect(() => withoutCommands(`::${token}::`, token)).toThrow(/holds the token/);
  expect(() => withoutCommands("x", "short")).toThrow(/32/);
});
