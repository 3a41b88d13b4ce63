import { isSecurityId, nearestCheck } from "../doctor/allow.ts";
import type { CheckId } from "../doctor/check.ts";
import { UsageError } from "../errors.ts";
import { plain } from "../text/plain.ts";
import type { Config } from "../types/catalogue.ts";
import { type CommandInput, list } from "./command.ts";

export const ALLOW_OPTION = { "allow-unsafe": { type: "string", multiple: true } } as const;
export const ALLOW_HELP = {
  "allow-unsafe":
    "security checks of doctor that may be wrong, by their IDs (comma-separated, repeatable), beside `allow_unsafe` of the configuration; each is printed",
} as const;

/** The checks that the option and the configuration allow to be wrong, sorted. Errors: UsageError for what is no security check. */
export function allowedBy(input: CommandInput, config: Config | undefined): readonly CheckId[] {
  const named = allowedChecks(list(input, "allow-unsafe") ?? []);
  // What the configuration names was checked when it was read.
  return [...new Set([...named, ...(config?.allow_unsafe ?? []).filter(isSecurityId)])].sort();
}

/** IDs that `--allow-unsafe` names. Errors: UsageError for what is no security check. */
export function allowedChecks(names: readonly string[]): CheckId[] {
  return names.map((name) => {
    if (isSecurityId(name)) return name;
    const near = nearestCheck(name);
    throw new UsageError(
      `--allow-unsafe: there is no security check ${plain(name, 60)}${near === undefined ? "" : ` (did you mean ${near}?)`}`,
    );
  });
}
