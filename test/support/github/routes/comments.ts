/** Comments on issues and pull requests, and reactions to them. */
import { hasRole } from "../access.ts";
import { user } from "../render/people.ts";
import { comment } from "../render/threads.ts";
import { listed, Refusal } from "../reply.ts";
import type { Actor, Comment, Repository } from "../state.ts";
import { addComment, assertCommentBody, commentOf, threadOf } from "../threads.ts";
import { route } from "./route.ts";

/** Everyone may edit their own comment; others' only with write access, which an app's token has here. */
function assertEditable(repo: Repository, actor: Actor, one: Comment): void {
  if (one.user.login === actor.login || actor.type === "Bot" || hasRole(repo, actor, "write")) return;
  throw new Refusal(403, "Must have admin rights to Repository.");
}

export const commentRoutes = [
  route("issues/list-comments", "issues|pull_requests:read", ({ world, repo, path, query, url }) => {
    const thread = threadOf(repo, path.issue_number);
    const { since } = query;
    const found = thread.comments.filter(
      (one) => since === undefined || Date.parse(one.updatedAt) >= Date.parse(since),
    );
    return listed(
      found.map((one) => comment(world, repo, thread, one)),
      query,
      url,
    );
  }),
  route("issues/create-comment", "issues|pull_requests:write", ({ world, repo, actor, path, body }) => {
    const thread = threadOf(repo, path.issue_number);
    return { status: 201, body: comment(world, repo, thread, addComment(world, thread, actor, body.body)) };
  }),
  route("issues/get-comment", "issues|pull_requests:read", ({ world, repo, path }) => {
    const found = commentOf(repo, path.comment_id);
    return { status: 200, body: comment(world, repo, found.thread, found.comment) };
  }),
  route("issues/update-comment", "issues|pull_requests:write", ({ world, repo, actor, path, body }) => {
    const found = commentOf(repo, path.comment_id);
    assertEditable(repo, actor, found.comment);
    assertCommentBody(body.body);
    found.comment.body = body.body;
    found.comment.updatedAt = world.now();
    return { status: 200, body: comment(world, repo, found.thread, found.comment) };
  }),
  route("issues/delete-comment", "issues|pull_requests:write", ({ repo, actor, path }) => {
    const { thread, comment: one } = commentOf(repo, path.comment_id);
    assertEditable(repo, actor, one);
    thread.comments.splice(thread.comments.indexOf(one), 1);
    return { status: 204 };
  }),
  route("reactions/create-for-issue-comment", "issues|pull_requests:write", ({ world, repo, actor, path, body }) => {
    const { comment: one } = commentOf(repo, path.comment_id);
    const known = one.reactions.find(
      (reaction) => reaction.user.login === actor.login && reaction.content === body.content,
    );
    const made = known ?? { id: world.nextId(), user: actor, content: body.content };
    if (known === undefined) one.reactions.push(made);
    const answer = {
      id: made.id,
      node_id: `REA_${made.id}`,
      user: user(world, actor),
      content: made.content,
      created_at: world.now(),
    };
    return { status: known === undefined ? 201 : 200, body: answer };
  }),
];
