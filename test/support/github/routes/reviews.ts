/** Reviews of pull requests. */
import { hasRole } from "../access.ts";
import { pullSimple, review as reviewBody, reviewComment } from "../render/threads.ts";
import { listed, must, Refusal } from "../reply.ts";
import type { Actor, Pull, Repository, Review, Thread, World } from "../state.ts";
import { pullOf } from "../threads.ts";
import { route } from "./route.ts";

const refused = (...errors: string[]) => new Refusal(422, "Unprocessable Entity", { errors });

export interface NewReview {
  readonly event?: "APPROVE" | "REQUEST_CHANGES" | "COMMENT";
  readonly body?: string;
  readonly commitId?: string;
  readonly comments?: readonly { readonly path: string; readonly body: string; readonly line?: number }[];
}
const states = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

/** Adds a review or refuses as GitHub does; also used by the story helpers. */
export function addReview(
  world: World,
  repo: Repository,
  thread: Thread,
  pull: Pull,
  by: Actor,
  input: NewReview,
): Review {
  const { event } = input;
  const own = by.login === thread.user.login;
  if (own && event === "APPROVE") throw refused("Can not approve your own pull request");
  if (own && event === "REQUEST_CHANGES") throw refused("Can not request changes on your own pull request");
  if (event === "APPROVE" && by.login === "github-actions[bot]" && !repo.workflowPermissions.canApprove)
    throw refused("GitHub Actions is not permitted to approve pull requests.");
  const comments = input.comments ?? [];
  if (event !== undefined && event !== "APPROVE" && (input.body ?? "") === "" && comments.length === 0)
    throw refused(`Review body is required when event is ${event}`);
  const made: Review = {
    id: world.nextId(),
    user: by,
    state: event === undefined ? "PENDING" : states[event],
    body: input.body ?? "",
    commitId: input.commitId ?? pull.headSha,
    submittedAt: world.now(),
    comments: comments.map((entry) => ({ ...entry, id: world.nextId() })),
  };
  pull.reviews.push(made);
  if (event !== undefined) pull.requestedReviewers = pull.requestedReviewers.filter((login) => login !== by.login);
  thread.updatedAt = world.now();
  return made;
}

export const reviewRoutes = [
  route("pulls/list-reviews", "pull_requests:read", ({ world, repo, actor, path, query, url }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    // A review that is not submitted yet is seen by its author only.
    const seen = pull.reviews.filter((one) => one.state !== "PENDING" || one.user.login === actor.login);
    return listed(
      seen.map((one) => reviewBody(world, repo, thread, one)),
      query,
      url,
    );
  }),
  route("pulls/create-review", "pull_requests:write", ({ world, repo, actor, path, body }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    const made = addReview(world, repo, thread, pull, actor, {
      ...(body.event === undefined ? {} : { event: body.event }),
      ...(body.body === undefined ? {} : { body: body.body }),
      ...(body.commit_id === undefined ? {} : { commitId: body.commit_id }),
      comments: (body.comments ?? []).map((entry) => ({
        path: entry.path,
        body: entry.body,
        ...(entry.line === undefined ? {} : { line: Number(entry.line) }),
      })),
    });
    return { status: 200, body: reviewBody(world, repo, thread, made) };
  }),
  route("pulls/get-review", "pull_requests:read", ({ world, repo, path }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    return {
      status: 200,
      body: reviewBody(world, repo, thread, must(pull.reviews.find((one) => one.id === path.review_id))),
    };
  }),
  route("pulls/dismiss-review", "pull_requests:write", ({ world, repo, actor, path }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    const one = must(pull.reviews.find((each) => each.id === path.review_id));
    if (actor.type === "User" && !hasRole(repo, actor, "write"))
      throw new Refusal(403, "Must have write access to dismiss a review");
    if (one.state !== "APPROVED" && one.state !== "CHANGES_REQUESTED")
      throw refused(`Can not dismiss a ${one.state.toLowerCase()} pull request review`);
    one.state = "DISMISSED";
    return { status: 200, body: reviewBody(world, repo, thread, one) };
  }),
  route("pulls/list-review-comments", "pull_requests:read", ({ world, repo, path, query, url }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    const all = pull.reviews
      .filter((one) => one.state !== "PENDING")
      .flatMap((one) => one.comments.map((entry) => reviewComment(world, repo, thread, one, entry)));
    return listed(all, query, url);
  }),
  route("pulls/request-reviewers", "pull_requests:write", ({ world, repo, path, body }) => {
    const { thread, pull } = pullOf(repo, path.pull_number);
    const reviewers = body.reviewers ?? [];
    if (reviewers.includes(thread.user.login))
      throw new Refusal(422, "Review cannot be requested from pull request author.");
    const stranger = reviewers.find((login) => !repo.collaborators.has(login) && repo.owner.login !== login);
    if (stranger !== undefined)
      throw new Refusal(
        422,
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.",
      );
    pull.requestedReviewers = [...new Set([...pull.requestedReviewers, ...reviewers])];
    return { status: 201, body: pullSimple(world, repo, thread, pull) };
  }),
];
