import { readFileSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import type { DoctorFacts, TokenKind } from "../doctor/facts.ts";
import type { GitHub } from "../github/client.ts";
import { readSettings } from "../github/settings.ts";
import type { Io } from "../types/io.ts";
import { type CommandInput, text } from "./command.ts";
import { JOURNAL_BRANCH } from "./hub.ts";
import type { Workspace } from "./workspace.ts";

/** The environment of the example workflows; its role is the one that can write. */
export const ENVIRONMENT = "remediate";

/**
 * What doctor judges: the settings on GitHub, and what stands in the workspace. `scope`: `all`, or what checks on security need, which spares the
 * calls that only the others make. Errors: as `readSettings`.
 */
export async function doctorFacts(
  input: CommandInput,
  { github, token }: { readonly github: GitHub; readonly token: string },
  { config, configFile, problems }: Pick<Workspace, "config" | "configFile" | "problems">,
  scope: "all" | "security",
): Promise<DoctorFacts> {
  const { io } = input;
  const root = rootOf(io);
  const file = relative(root, resolve(io.cwd, configFile)).replaceAll("\\", "/");
  const folder = posix.dirname(file);
  const kind = tokenKind(token, text(input, "actor"), io.env["GITHUB_ACTIONS"] === "true");
  return {
    settings: await readSettings(github, {
      environment: ENVIRONMENT,
      ...(scope === "all" ? { journal: JOURNAL_BRANCH } : {}),
      jobToken: scope === "security" && kind === "job",
      local: (path) => bytesOf(join(root, path)),
    }),
    environment: ENVIRONMENT,
    folder: folder === "." ? "" : `${folder}/`,
    configFile: file,
    planPath: config?.report.plan_path ?? "plans",
    roles: config?.roles,
    bucket: config?.journal === undefined ? undefined : `s3://${config.journal.bucket}/${config.journal.prefix}`,
    problems: problems.length,
    token: kind,
    node: process.versions.node,
  };
}

/** In a job the working directory may be below the checkout. */
function rootOf({ env, cwd }: Io): string {
  const workspace = env["GITHUB_WORKSPACE"] ?? "";
  return workspace === "" ? cwd : workspace;
}

/** What cannot be read here is asked of GitHub. */
function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** GitHub marks the tokens of apps; the job's own is one of them. */
function tokenKind(token: string, actor: string | undefined, job: boolean): TokenKind {
  if (actor?.endsWith("[bot]") === true && actor !== "github-actions[bot]") return "app";
  if (!token.startsWith("ghs_")) return "person";
  return job ? "job" : "app";
}
