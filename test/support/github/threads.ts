/** Issues and pull requests as they come into being and change, with the limits GitHub sets for their texts. */
import { invalid, must, Refusal } from "./reply.ts";
import type { Actor, Comment, Pull, Repository, Thread, World } from "./state.ts";

/** Measured on GitHub: comments and issue bodies by bytes, a new pull request's body by code points. */
const largestBody = 262_144;
const largestPullBody = 65_536;
const mostComments = 2_500;

interface NewThread {
  readonly title: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
}

export function assertTitle(resource: string, title: string): void {
  if (title.trim() === "") throw invalid(resource, "title", "missing_field");
  if ([...title].length > 256)
    throw invalid(resource, "title", "custom", "title is too long (maximum is 256 characters)");
}

export const bodyFits = (body: string): boolean => Buffer.byteLength(body) <= largestBody;

export function addThread(world: World, repo: Repository, by: Actor, input: NewThread, pull?: Pull): Thread {
  const resource = pull === undefined ? "Issue" : "PullRequest";
  assertTitle(resource, input.title);
  const body = input.body ?? null;
  const fits = body === null || (pull === undefined ? bodyFits(body) : [...body].length <= largestPullBody);
  if (!fits) throw invalid(resource, "body", "custom", "body is too long (maximum is 65536 characters)");
  const thread: Thread = {
    id: world.nextId(),
    number: repo.threads.size + 1,
    user: by,
    title: input.title,
    body,
    state: "open",
    stateReason: null,
    labels: [],
    assignees: [...(input.assignees ?? [])],
    comments: [],
    createdAt: world.now(),
    updatedAt: world.now(),
    closedAt: null,
    closedBy: null,
    ...(pull === undefined ? {} : { pull }),
  };
  repo.threads.set(thread.number, thread);
  setLabels(world, repo, thread, input.labels ?? []);
  return thread;
}

/** Sets the labels; those the repository does not have are created in grey, as GitHub does. */
export function setLabels(world: World, repo: Repository, thread: Thread, names: readonly string[]): void {
  for (const name of names) {
    if (name === "" || name.length > 50) throw invalid("Label", "name", "invalid");
    if (!repo.labels.has(name)) repo.labels.set(name, { id: world.nextId(), name, color: "ededed", description: null });
  }
  thread.labels = [...new Set(names)];
  thread.updatedAt = world.now();
}

export function setState(
  world: World,
  thread: Thread,
  state: "open" | "closed",
  by: Actor,
  reason?: Thread["stateReason"],
): void {
  if (state === thread.state) return;
  thread.state = state;
  thread.closedAt = state === "closed" ? world.now() : null;
  thread.closedBy = state === "closed" ? by : null;
  if (thread.pull === undefined) thread.stateReason = state === "open" ? "reopened" : (reason ?? "completed");
  thread.updatedAt = world.now();
}

export function assertCommentBody(body: string): void {
  if (body.trim() === "") throw invalid("IssueComment", "body", "custom", "body cannot be blank");
  if (!bodyFits(body))
    throw invalid("IssueComment", "body", "custom", "body is too long (maximum is 65536 characters)");
}

export function addComment(world: World, thread: Thread, by: Actor, body: string): Comment {
  assertCommentBody(body);
  if (thread.comments.length >= mostComments)
    throw new Refusal(403, `Commenting is disabled on issues with more than ${mostComments} comments`);
  const now = world.now();
  const made: Comment = { id: world.nextId(), user: by, body, createdAt: now, updatedAt: now, reactions: [] };
  thread.comments.push(made);
  thread.updatedAt = now;
  return made;
}

export const threadOf = (repo: Repository, number: number): Thread => must(repo.threads.get(number));

export function pullOf(repo: Repository, number: number): { thread: Thread; pull: Pull } {
  const thread = threadOf(repo, number);
  return { thread, pull: must(thread.pull) };
}

export function commentOf(repo: Repository, id: number): { thread: Thread; comment: Comment } {
  for (const thread of repo.threads.values())
    for (const comment of thread.comments) if (comment.id === id) return { thread, comment };
  return must<{ thread: Thread; comment: Comment }>(undefined);
}
