import type { GitHub } from "../github/client.ts";
import { readText } from "../github/git.ts";
import type { Pull } from "../github/pulls.ts";
import { tryPlan } from "../github/report-branch.ts";
import type { Config } from "../types/catalogue.ts";
import type { Plan } from "../types/plan.ts";
import { reportGroups } from "./groups.ts";

/** Where the plan of a scope stands: on a branch of its own until it is merged, and in a file of its own. */
export interface Place {
  readonly branch: string;
  readonly path: string;
}

export function placeOfScope({ report }: Config, scope: string): Place {
  return { branch: `${report.branch_prefix}/${scope}`, path: `${report.plan_path}/${scope}.jsonl` };
}

/** The accounts of the plan's group; the scope's name begins with the group's. */
export function accountsOf(config: Config, { header }: Plan): ReadonlySet<string> {
  const own = reportGroups(config).filter(({ scope }) => header.scope.startsWith(scope));
  return own.sort((a, b) => b.scope.length - a.scope.length)[0]?.accounts ?? new Set();
}

/**
 * The plan of the open report; undefined where none is open, or its plan cannot be read. What was closed or merged stands for nothing any more, even
 * where its branch is still there. `pulls`: those of the branch. Errors: GitHubError.
 */
export async function openPlan(github: GitHub, { path }: Place, pulls: readonly Pull[]): Promise<Plan | undefined> {
  const open = pulls.find(({ state }) => state === "open");
  return tryPlan(path, open === undefined ? undefined : await readText(github, path, open.headSha));
}
