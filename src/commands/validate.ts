import { validateJson } from "../report/json.ts";
import { problemsText } from "../report/problems.ts";
import { plural } from "../report/words.ts";
import { wrap } from "../text/width.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, SHARED_HELP, text } from "./command.ts";
import { print, printJson, viewOf, wantsJson, widthOf } from "./view.ts";
import { openWorkspace } from "./workspace.ts";

export const validate: Command = {
  name: "validate",
  summary: "check policies, remediations, resource types and the configuration",
  usage: "evenkeel validate [--config FILE] [--format json]",
  about:
    "Reads the shipped catalogue, your own policies/, remediations/ and resources/ beside the configuration, and the\nconfiguration itself. Every call is checked against AWS's own operation models and every CEL expression is type-checked.\nAll problems of all files are told at once. Nothing is sent to AWS; a configuration is not needed.",
  example: "evenkeel validate --config prod/evenkeel.yaml",
  options: { ...CONFIG_OPTION, ...FORMAT_OPTION },
  help: SHARED_HELP,
  async run(input) {
    const workspace = openWorkspace(input.home, input.io, text(input, "config"));
    const { problems, loaded } = workspace;
    const exit = problems.length > 0 ? 2 : 0;
    if (wantsJson(input)) printJson(input.io, validateJson(problems));
    else if (problems.length > 0) print(input.io, problemsText(problems, workspace.texts, viewOf(input)));
    else {
      const { policy, remediation, resourceType } = loaded.counts;
      const config =
        workspace.config === undefined ? `no ${workspace.configFile} here` : `${workspace.configFile} is fine`;
      print(
        input.io,
        wrap(
          `No problems: ${policy} policies, ${remediation} remediations, ${resourceType} resource types, ${plural(workspace.exceptions.length, "exception")}; ${config}.`,
          widthOf(input.io),
        ).join("\n"),
      );
    }
    return {
      exit,
      outputs: { problems: problems.length },
      annotations: problems.map((problem) => ({ ...problem, level: "error" as const })),
    };
  },
};
