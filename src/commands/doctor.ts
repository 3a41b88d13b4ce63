import { posix, relative, resolve } from "node:path";
import { CHECKS, type CheckId, checkIds, isCheckId } from "../doctor/check.ts";
import { diagnose, doctorExit } from "../doctor/doctor.ts";
import type { TokenKind } from "../doctor/facts.ts";
import { UsageError } from "../errors.ts";
import { readSettings } from "../github/settings.ts";
import { doctorJson, doctorText } from "../report/doctor.ts";
import { nearest } from "../text/nearest.ts";
import { plain } from "../text/plain.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, list, SHARED_HELP, text } from "./command.ts";
import { HUB_HELP, HUB_OPTIONS, JOURNAL_BRANCH } from "./hub.ts";
import { openRepository } from "./repository.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { openWorkspace } from "./workspace.ts";

/** The environment of the example workflows; its role is the one that can write. */
export const ENVIRONMENT = "remediate";

export const ALLOW_OPTION = { "allow-unsafe": { type: "string", multiple: true } } as const;
export const ALLOW_HELP = {
  "allow-unsafe": "security checks that may be wrong, by their IDs (comma-separated, repeatable); each is printed",
} as const;

export const doctor: Command = {
  name: "doctor",
  summary: "check the repository's settings: does a merge here mean that somebody approved it?",
  usage: "evenkeel doctor [OWNER/NAME] [--allow-unsafe ID[,ID]] [--format json]",
  takesName: true,
  about:
    "Reads branch rules, code owners, the environment, the workflows and the configuration, and says what is wrong, why it matters and which setting mends it. Changes nothing. Reads most with an administrator's token; what the token may not see is unknown, not right. Exit codes: 0 when all security checks are as they should be or allowed, 1 when one is wrong, 3 when one could not be made.",
  example: "evenkeel doctor acme/policies",
  options: { ...CONFIG_OPTION, ...FORMAT_OPTION, ...HUB_OPTIONS, ...ALLOW_OPTION, verbose: { type: "boolean" } },
  help: { ...SHARED_HELP, ...HUB_HELP, ...ALLOW_HELP },
  async run(input) {
    const { io, home } = input;
    const allowed = allowedChecks(list(input, "allow-unsafe") ?? []);
    const { config, configFile, problems } = openWorkspace(home, io, text(input, "config"));
    const { github, token } = await openRepository(input);
    // In a job the working directory may be below the checkout.
    const root = io.env["GITHUB_WORKSPACE"] ?? io.cwd;
    const file = relative(root, resolve(io.cwd, configFile)).replaceAll("\\", "/");
    const folder = posix.dirname(file);
    const report = diagnose({
      settings: await readSettings(github, { environment: ENVIRONMENT, journal: JOURNAL_BRANCH }),
      environment: ENVIRONMENT,
      folder: folder === "." ? "" : `${folder}/`,
      configFile: file,
      planPath: config?.report.plan_path ?? "plans",
      roles: config?.roles,
      bucket: config?.journal === undefined ? undefined : `s3://${config.journal.bucket}/${config.journal.prefix}`,
      problems: problems.length,
      token: tokenKind(token, text(input, "actor"), io.env["GITHUB_ACTIONS"] === "true"),
      node: process.versions.node,
    });
    if (wantsJson(input)) printJson(io, doctorJson(report, allowed));
    else print(io, doctorText(report, allowed, viewOf(input)));
    return { exit: doctorExit(report, allowed) };
  },
};

/** IDs that `--allow-unsafe` names. Errors: UsageError for what is no security check. */
export function allowedChecks(names: readonly string[]): CheckId[] {
  return names.map((name) => {
    const security = checkIds.filter((id) => CHECKS[id][0] === "security");
    if (isCheckId(name) && security.includes(name)) return name;
    const near = nearest(name, security);
    throw new UsageError(
      `--allow-unsafe: there is no security check ${plain(name, 60)}${near === undefined ? "" : ` (did you mean ${near}?)`}`,
    );
  });
}

/** GitHub marks the tokens of apps; the job's own is one of them. */
function tokenKind(token: string, actor: string | undefined, job: boolean): TokenKind {
  if (actor?.endsWith("[bot]") === true && actor !== "github-actions[bot]") return "app";
  if (!token.startsWith("ghs_")) return "person";
  return job ? "job" : "app";
}
