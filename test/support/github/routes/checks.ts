/** Check runs and their annotations. */

import { commitOf } from "../refs.ts";
import { checkRun } from "../render/checks.ts";
import { siteUrl } from "../render/people.ts";
import { invalid, listed, must, page, Refusal } from "../reply.ts";
import type { CheckRun, Repository, Schemas, World } from "../state.ts";
import { route } from "./route.ts";

/** The parts that creating and updating share; their full types differ only in what is required. */
interface Change {
  readonly name?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly details_url?: string;
  readonly external_id?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary?: string;
    readonly text?: string;
    readonly annotations?: readonly {
      path: string;
      start_line: number;
      end_line: number;
      start_column?: number;
      end_column?: number;
      annotation_level: string;
      message: string;
      title?: string;
      raw_details?: string;
    }[];
  };
}

const isStatus = (text: string | undefined): text is CheckRun["status"] =>
  text === "queued" || text === "in_progress" || text === "completed";
/** "stale" is in the description, but only GitHub itself may say it. */
const isConclusion = (text: string): text is NonNullable<CheckRun["conclusion"]> =>
  ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"].includes(text);

function apply(world: World, repo: Repository, run: CheckRun, change: Change): void {
  if (change.name !== undefined) run.name = change.name;
  if (change.details_url !== undefined) run.detailsUrl = change.details_url;
  if (change.external_id !== undefined) run.externalId = change.external_id;
  if (change.started_at !== undefined) run.startedAt = change.started_at;
  if (isStatus(change.status)) run.status = change.status;
  if (run.status !== "completed") Object.assign(run, { conclusion: null, completedAt: null });
  // A conclusion completes the run by itself; "completed" without one is refused by GitHub.
  if (change.conclusion !== undefined) {
    if (!isConclusion(change.conclusion)) throw invalid("CheckRun", "conclusion", "invalid");
    run.status = "completed";
    run.conclusion = change.conclusion;
    run.completedAt = change.completed_at ?? world.now();
  }
  if (run.status === "completed" && run.conclusion === null) throw invalid("CheckRun", "conclusion", "missing_field");
  const { output } = change;
  if (output === undefined) return;
  if (output.title !== undefined) run.title = output.title;
  if (output.summary !== undefined) run.summary = output.summary;
  if (output.text !== undefined) run.text = output.text;
  for (const note of output.annotations ?? []) {
    if (note.end_line < note.start_line)
      throw new Refusal(422, "Invalid request.\n\nend_line must be greater than or equal to start_line.");
    if (note.start_column !== undefined && note.start_line !== note.end_line)
      throw new Refusal(422, "Invalid request.\n\nColumns are only allowed when start_line and end_line are the same.");
    run.annotations.push({
      path: note.path,
      start_line: note.start_line,
      end_line: note.end_line,
      start_column: note.start_column ?? null,
      end_column: note.end_column ?? null,
      annotation_level: note.annotation_level,
      title: note.title ?? null,
      message: note.message,
      raw_details: note.raw_details ?? null,
      blob_href: `${siteUrl(world, repo)}/blob/${run.headSha}/${note.path}`,
    } satisfies Schemas["check-annotation"]);
  }
}

const runOf = (repo: Repository, id: number): CheckRun => must(repo.checks.find((run) => run.id === id));

export const checkRoutes = [
  route("checks/create", "checks:write", ({ world, repo, actor, body }) => {
    if (repo.objects.commit(body.head_sha) === undefined)
      throw new Refusal(422, `No commit found for SHA: ${body.head_sha}`);
    const sameSuite = repo.checks.find((run) => run.headSha === body.head_sha && run.actor.login === actor.login);
    const run: CheckRun = {
      id: world.nextId(),
      suite: sameSuite?.suite ?? world.nextId(),
      actor,
      name: body.name,
      headSha: body.head_sha,
      status: "queued",
      conclusion: null,
      detailsUrl: null,
      externalId: null,
      startedAt: world.now(),
      completedAt: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
    };
    apply(world, repo, run, body);
    repo.checks.push(run);
    return { status: 201, body: checkRun(world, repo, run) };
  }),
  route("checks/get", "checks:read", ({ world, repo, path }) => {
    return { status: 200, body: checkRun(world, repo, runOf(repo, path.check_run_id)) };
  }),
  route("checks/update", "checks:write", ({ world, repo, actor, path, body }) => {
    const run = runOf(repo, path.check_run_id);
    if (run.actor.app?.id !== actor.app?.id)
      throw new Refusal(
        403,
        `Invalid app_id \`${actor.app?.id}\` - check run can only be modified by the GitHub App that created it.`,
      );
    apply(world, repo, run, body);
    return { status: 200, body: checkRun(world, repo, run) };
  }),
  route("checks/list-for-ref", "checks:read", ({ world, repo, path, query, url }) => {
    const { sha } = commitOf(repo, path.ref, 422);
    const all = repo.checks.filter((run) => run.headSha === sha).reverse();
    // "latest" is the newest run of each name in each suite.
    const newest = all.filter(
      (run, index) => all.findIndex((other) => other.suite === run.suite && other.name === run.name) === index,
    );
    const found = (query.filter === "all" ? all : newest).filter(
      (run) =>
        (query.check_name === undefined || run.name === query.check_name) &&
        (query.status === undefined || run.status === query.status) &&
        (query.app_id === undefined || run.actor.app?.id === query.app_id),
    );
    const cut = page(found, query, url);
    return {
      status: 200,
      headers: cut.headers,
      body: { total_count: found.length, check_runs: cut.items.map((run) => checkRun(world, repo, run)) },
    };
  }),
  route("checks/list-annotations", "checks:read", ({ repo, path, query, url }) => {
    return listed(runOf(repo, path.check_run_id).annotations, query, url);
  }),
];
