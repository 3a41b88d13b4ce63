import { UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { EvaluationFault } from "../faults.ts";
import { matchesPattern } from "../regex.ts";
import { textArgument } from "./arguments.ts";
import type { CelFunction } from "./register.ts";

const MAX_INT = 2n ** 63n - 1n;

export const textFunctions: readonly CelFunction[] = [
  {
    signature: "int(uint): int",
    description: "The same number as an int.",
    example: "int(3u) == 3",
    implementation: (value) => {
      const number = value instanceof UnsignedInt ? value.valueOf() : MAX_INT + 1n;
      if (number > MAX_INT) throw new EvaluationFault("int() is out of range");
      return number;
    },
  },
  {
    signature: "string.replace(string, string): string",
    description: "The text with every occurrence of the first replaced by the second.",
    example: '"a.b.c".replace(".", "-") == "a-b-c"',
    implementation: (text, from, to) =>
      textArgument(text, "replace()").replaceAll(textArgument(from, "replace()"), () => textArgument(to, "replace()")),
  },
  {
    signature: "matches(string, string): bool",
    description: "Whether the regular expression is found in the text; the same as text.matches(pattern).",
    example: 'matches(resource.Name, "^logs-")',
    implementation: (text, pattern) =>
      matchesPattern(textArgument(text, "matches()"), textArgument(pattern, "matches()")),
  },
];
