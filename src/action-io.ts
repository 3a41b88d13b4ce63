import { OUTCOMES } from "./types/outcome.ts";

/**
 * What the Action takes and gives, by the names in action.yml. test/action.test.ts proves that both say the same, and that each input is an
 * option of a command.
 */

/** `command` chooses the verb; each of the others is the command line's option of the same name. */
export const INPUTS = [
  "command",
  "config",
  "accounts",
  "regions",
  "policies",
  "plan",
  "out",
  "journal",
  "item",
  "apply",
  "report",
  "dashboard",
  "automatic",
  "format",
  "fail-on-findings",
  "base",
  "head",
  "static",
  "fail-on-coverage-loss",
  "allow-unsafe",
  "verbose",
  "github-token",
  "actor",
] as const;
export type InputName = (typeof INPUTS)[number];

/** Counts, digests, numbers and paths only: text from AWS never leaves through an output, where a script might run it. */
export const OUTPUTS = [
  "exit_code",
  // validate, test, preview
  "problems",
  "tests",
  "tests_failed",
  // scan, plan, report
  "failing",
  "passing",
  "out_of_scope",
  "resources",
  "gaps",
  // preview
  "newly_failing",
  "no_longer_failing",
  "coverage_lost",
  // plan, preview, report, apply
  "planned",
  "held",
  "plan_digest",
  "plan_path",
  // report
  "pull_request",
  "pull_request_url",
  "reports_waiting",
  "items_waiting",
  // apply; `unknown` is also the count of a scan
  ...OUTCOMES,
] as const;
export type OutputName = (typeof OUTPUTS)[number];
