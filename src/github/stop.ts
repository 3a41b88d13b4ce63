import { plain } from "../text/plain.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { branchHead } from "./git.ts";

/**
 * The kill switch that holds for runs under way too: while the repository has a branch of this name nothing is changed. A branch, because whoever may
 * write can make one in seconds on GitHub's own pages, and a job's token can look for it; variables it cannot read.
 */
export const STOP_BRANCH = "evenkeel/stop";

/** Why nothing may be changed; undefined where the switch is off. One call. Where GitHub does not say, the switch counts as on. Errors: none. */
export async function stoppedOnGitHub(github: GitHub): Promise<string | undefined> {
  try {
    return (await branchHead(github, STOP_BRANCH)) === undefined
      ? undefined
      : `the branch ${STOP_BRANCH} is there; delete it to go on`;
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return `whether the branch ${STOP_BRANCH} is there could not be seen: ${plain(error.message, 300)}`;
  }
}
