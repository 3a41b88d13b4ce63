/** Runs of workflows as GitHub prints them. */
import type { Repository, Schemas, WorkflowRun, World } from "../state.ts";
import { repository, repositoryUrl, siteUrl } from "./people.ts";

export function workflowRun(world: World, repo: Repository, id: number, run: WorkflowRun): Schemas["workflow-run"] {
  const url = `${repositoryUrl(world, repo)}/actions/runs/${id}`;
  const path = ".github/workflows/evenkeel-apply.yml";
  return {
    id,
    name: "Evenkeel apply",
    node_id: `WFR_${id}`,
    head_branch: repo.defaultBranch,
    head_sha: repo.refs.get(`refs/heads/${repo.defaultBranch}`) ?? "",
    path,
    display_title: "Evenkeel apply",
    run_number: id,
    run_attempt: run.attempt,
    event: "push",
    status: run.status,
    conclusion: run.status === "completed" ? "cancelled" : null,
    workflow_id: 1,
    url,
    html_url: `${siteUrl(world, repo)}/actions/runs/${id}`,
    pull_requests: [],
    created_at: repo.createdAt,
    updated_at: world.now(),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(world, repo)}/check-suites/${id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${repositoryUrl(world, repo)}/actions/workflows/1`,
    head_commit: null,
    repository: { ...repository(world, repo), license: null },
    head_repository: { ...repository(world, repo), license: null },
  };
}
