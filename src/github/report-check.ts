import { plain } from "../text/plain.ts";
import { publishCheck } from "./check.ts";
import type { GitHub } from "./client.ts";
import { GitHubError, orAlready } from "./errors.ts";

/** The check of `evenkeel preview`, by which rulesets require it. */
export const PREVIEW_CHECK = "evenkeel/preview";

const TITLE = "A report: only its plan changes";
const SUMMARY =
  "Evenkeel made this commit, and it changes the report's plan file and nothing else: there are no policies to preview. " +
  "A commit by the job's own token starts no workflows, so that the check is set by the run that made it.";

const QUEUED = "Previewed on its pull request";
const QUEUED_SUMMARY =
  "The commit that a merge queue made to try pull requests out. Each of them was previewed by itself, and what comes out of them together the next " +
  "report shows before anything is changed. No account was read here.";

/** The same check on a merge queue's commit, which waits for it like a pull request's. Errors: GitHubError. */
export async function checkQueued(github: GitHub, sha: string): Promise<void> {
  const said = { title: QUEUED, summary: QUEUED_SUMMARY, annotations: [] };
  await publishCheck(github, { sha, name: PREVIEW_CHECK, conclusion: "success", ...said });
}

/**
 * Sets the check of `preview` on a commit of ours that changes a report's plan file alone, where it would never come by itself: what the job's own token
 * pushes starts no workflows, and under a ruleset that requires the check could not be merged. A check of that name that is there stays, whatever it says.
 * `fresh`: nobody else has seen the commit yet, which saves a call. A token without the right is told of. Errors: GitHubError, for any other reason.
 */
export async function checkReport(github: GitHub, sha: string, { fresh }: { readonly fresh: boolean }): Promise<void> {
  if (!github.jobToken) return;
  const { here, rest } = github;
  const isThere = async (): Promise<true | undefined> => {
    const asked = { ...here, ref: sha, check_name: PREVIEW_CHECK, per_page: 1 };
    return (await rest.checks.listForRef(asked)).data.total_count > 0 ? true : undefined;
  };
  try {
    if (!fresh && (await isThere()) === true) return;
    await orAlready(async () => {
      await rest.checks.create({
        ...here,
        head_sha: sha,
        name: PREVIEW_CHECK,
        status: "completed",
        conclusion: "success",
        output: { title: TITLE, summary: SUMMARY },
      });
      return true as const;
    }, isThere);
  } catch (error) {
    // The report stands without it, and a repository need not require the check.
    if (!(error instanceof GitHubError) || (error.kind !== "denied" && error.kind !== "not_found")) throw error;
    const remedy = error.remedy === undefined ? "" : `; to mend it: ${error.remedy}`;
    github.logger.warn(
      plain(`the check ${PREVIEW_CHECK} could not be set on the report's commit: ${error.message}${remedy}`, 1_000),
    );
  }
}
