import { matchesPattern } from "../regex.ts";
import { textArgument } from "./arguments.ts";
import type { CelFunction } from "./register.ts";

export const textFunctions: readonly CelFunction[] = [
  {
    signature: "matches(string, string): bool",
    description: "Whether the regular expression is found in the text; the same as text.matches(pattern).",
    example: 'matches(resource.Name, "^logs-")',
    implementation: (text, pattern) =>
      matchesPattern(textArgument(text, "matches()"), textArgument(pattern, "matches()")),
  },
];
