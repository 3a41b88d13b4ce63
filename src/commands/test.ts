import { UsageError, UserError } from "../errors.ts";
import { testPolicies } from "../plan/policy-test.ts";
import { testsJson } from "../report/json.ts";
import { testsText } from "../report/tests.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, list, SHARED_HELP, text } from "./command.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { didYouMean, matchesName, openWorkspace } from "./workspace.ts";

export const test: Command = {
  name: "test",
  summary: "run the unit tests that stand in the policies' files",
  usage: "evenkeel test [--policies s3_*] [--config FILE] [--format json]",
  about:
    "Runs each policy's tests: the verdict on the resource the test describes, and, where the test says so, the calls the\nremediation would make. Nothing is sent to AWS.",
  example: "evenkeel test --policies s3_bucket_tls_only",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    policies: { type: "string", multiple: true },
    verbose: { type: "boolean" },
  },
  help: SHARED_HELP,
  async run(input) {
    const workspace = openWorkspace(input.home, input.io, text(input, "config"));
    if (workspace.problems.length > 0) throw new UserError(workspace.problems);
    const wanted = list(input, "policies");
    const known = [...workspace.catalogue.policies.keys()];
    for (const name of wanted ?? []) {
      if (!known.some((id) => matchesName(name, id)))
        throw new UsageError(`there is no policy ${name}${didYouMean(name, known)}`);
    }
    const results = await testPolicies(
      workspace.catalogue,
      (id) => wanted === undefined || wanted.some((name) => matchesName(name, id)),
    );
    const failed = results.filter(({ failure }) => failure !== undefined);
    if (wantsJson(input)) printJson(input.io, testsJson(results));
    else print(input.io, testsText(results, viewOf(input)));
    return {
      exit: failed.length > 0 ? 1 : 0,
      outputs: { tests: results.length, tests_failed: failed.length },
      annotations: failed.map(({ file, line, name, failure }) => ({
        file,
        line,
        column: 1,
        message: `${name}: ${failure ?? ""}`,
        level: "error" as const,
      })),
    };
  },
};
