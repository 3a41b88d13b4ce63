import type { GitHub } from "../github/client.ts";
import { branchHead, readText } from "../github/git.ts";
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

/** The plan that stands on the branch, whether or not its pull request is open; undefined where there is none that can be read. Errors: GitHubError. */
export async function standingPlan(github: GitHub, { branch, path }: Place): Promise<Plan | undefined> {
  const there = (await branchHead(github, branch)) !== undefined;
  return tryPlan(path, there ? await readText(github, path, branch) : undefined);
}
