import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";

/**
 * Whether an attempt of a workflow run (`50-2`) is over. False also where that cannot be told: GitHub asks for `actions: read`. Never fails.
 */
export async function runIsOver(github: GitHub, run: string): Promise<boolean> {
  const [, id, attempt] = /^(\d+)-(\d+)$/.exec(run) ?? [];
  if (id === undefined) return false;
  try {
    const { data } = await github.rest.actions.getWorkflowRun({ ...github.here, run_id: Number(id) });
    return data.status === "completed" || (data.run_attempt ?? 1) > Number(attempt);
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    github.logger.debug(`whether run ${run} is over could not be asked: ${error.message}`);
    return false;
  }
}
