import { join } from "node:path";
import { createModels } from "../aws/models/models.ts";
import { UsageError, UserError } from "../errors.ts";
import { isObject, toJson } from "../json.ts";
import { explain as explainName } from "../report/explain.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, SHARED_HELP, text } from "./command.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { openWorkspace, readText } from "./workspace.ts";

export const explain: Command = {
  name: "explain",
  summary: "say what a policy, remediation, resource type or field is and needs",
  usage: "evenkeel explain NAME [--format json]",
  about:
    "Says what it checks, which calls it makes, which IAM actions those need, what the remediation changes, its risk,\nimpact, cost and undo. NAME is the ID of a policy or remediation, a resource type, or a field of one.",
  example: "evenkeel explain s3.bucket.Versioning",
  takesName: true,
  options: { ...CONFIG_OPTION, ...FORMAT_OPTION },
  help: SHARED_HELP,
  async run(input) {
    const [name, ...more] = input.arguments;
    if (name === undefined || more.length > 0)
      throw new UsageError("explain takes one name, for example: evenkeel explain s3_bucket_versioning");
    const workspace = openWorkspace(input.home, input.io, text(input, "config"));
    const { catalogue, problems } = workspace;
    const models = createModels((file) => readText(join(input.home.data, file)));
    const found = explainName(name, catalogue, models);
    if ("unknown" in found) {
      if (problems.length > 0) throw new UserError(problems);
      const near = found.nearest.length === 0 ? "" : `; did you mean ${found.nearest.join(", ")}?`;
      throw new UsageError(`nothing is called ${name}${near}`);
    }
    const view = viewOf(input);
    if (wantsJson(input)) {
      const json = toJson(found.json);
      printJson(input.io, isObject(json) ? { version: 1, ...json } : json);
    } else print(input.io, found.text(view.width, view.colour));
    return { exit: 0 };
  },
};
