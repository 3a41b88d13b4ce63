import { UsageError } from "../errors.ts";
import type { GitHub } from "./client.ts";
import { absent } from "./errors.ts";

/** A comment as GitHub's event `issue_comment` tells of it. `body` is hostile text. */
export interface CommentEvent {
  readonly action: string;
  /** The comment's ID. */
  readonly comment: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly body: string;
  readonly login: string;
  /** Whether the author's account is a person's, not an app's or an organization's. */
  readonly human: boolean;
  /** Number of the issue or pull request. */
  readonly issue: number;
  readonly pull: boolean;
}

const PAGE = 100;
const PAGES = 25;

/** Reads the payload of an `issue_comment` event. Errors: UsageError where it is none. */
export function commentEvent(payload: unknown): CommentEvent {
  const [comment, issue] = [member(payload, "comment"), member(payload, "issue")];
  const user = member(comment, "user");
  const [id, number] = [member(comment, "id"), member(issue, "number")];
  const [login, body, createdAt] = [member(user, "login"), member(comment, "body"), member(comment, "created_at")];
  const action = member(payload, "action");
  if (
    typeof id !== "number" ||
    typeof number !== "number" ||
    typeof login !== "string" ||
    typeof createdAt !== "string" ||
    typeof action !== "string"
  )
    throw new UsageError("the event names no comment; `comment` runs on: issue_comment");
  return {
    action,
    comment: id,
    createdAt,
    body: typeof body === "string" ? body : "",
    login,
    human: member(user, "type") === "User",
    issue: number,
    pull: typeof member(issue, "pull_request") === "object" && member(issue, "pull_request") !== null,
  };
}

/** Whether we answered with a comment that begins with `marker`: what was answered was done, and is not done again. Errors: GitHubError. */
export async function answered(github: GitHub, event: CommentEvent, marker: string): Promise<boolean> {
  const isOurs = await github.me();
  for (let page = 1; page <= PAGES; page++) {
    // An answer is never older than what it answers.
    const asked = { ...github.here, issue_number: event.issue, since: event.createdAt, per_page: PAGE, page };
    const { data } = await github.rest.issues.listComments(asked);
    if (data.some(({ user, body }) => isOurs(user) && body?.startsWith(marker) === true)) return true;
    if (data.length < PAGE) return false;
  }
  return false;
}

/** Asked anew, since the event tells of memberships and not of rights. Errors: GitHubError. */
export async function mayWrite(github: GitHub, login: string): Promise<boolean> {
  const found = await absent(github.rest.repos.getCollaboratorPermissionLevel({ ...github.here, username: login }));
  // `maintain` is told as write here, `triage` as read.
  return found?.data.permission === "write" || found?.data.permission === "admin";
}

/** Own members only: the payload is whatever stands in a file. */
function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
