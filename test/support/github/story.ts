/**
 * What people and other programs do to a repository while a test runs, and what a test wants to look at afterwards. These helpers act on
 * the state directly: no HTTP, no log entry, no token. Rules that hold for everybody (no self-approval, protected merges) hold here too.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commitsBetween } from "./git-history.ts";
import type { Commit, Mode } from "./git-objects.ts";
import { type MergeMethod, merge } from "./pulls.ts";
import { moveRef, personOf, removeRef, signature } from "./pushes.ts";
import { commitOf } from "./refs.ts";
import { checkRun, status } from "./render/checks.ts";
import {
  comment as commentBody,
  type IssueComment,
  issue as issueBody,
  pull as pullBody,
  review as reviewBody,
} from "./render/threads.ts";
import { pressRevert } from "./revert.ts";
import { openPull } from "./routes/pulls.ts";
import { addReview } from "./routes/reviews.ts";
import type {
  Actor,
  Environment,
  Protection,
  Repository,
  Role,
  Ruleset,
  Schemas,
  WorkflowRun,
  World,
} from "./state.ts";
import { addComment, addThread, pullOf, setState, threadOf } from "./threads.ts";
import { account } from "./world.ts";

export type FileContent = string | Buffer | { readonly content: string | Buffer; readonly mode: Mode };
/** Path -> content; null removes the file. */
export type Changes = Readonly<Record<string, FileContent | null>>;
export interface CommitOptions {
  /** A login; the owner of the repository unless said. */
  readonly author?: string;
  readonly message?: string;
  /** A person's push is not signed unless it is said to be. */
  readonly verified?: boolean;
  /** ISO 8601; now unless said. */
  readonly date?: string;
}
const events = { APPROVED: "APPROVE", CHANGES_REQUESTED: "REQUEST_CHANGES", COMMENTED: "COMMENT" } as const;

export class RepoStory {
  readonly state: Repository;
  readonly #world: World;
  constructor(world: World, state: Repository) {
    this.#world = world;
    this.state = state;
  }

  /** The actor of that login. A person seen for the first time becomes a collaborator with write access. */
  #who(login: string | undefined): Actor {
    const name = login ?? this.state.owner.login;
    const known = [...this.#world.actors.values()].find((actor) => actor.login === name);
    const who = known ?? account(this.#world, name);
    if (who.type === "User" && !this.state.collaborators.has(name)) this.state.collaborators.set(name, "write");
    return who;
  }

  /** Sets a person's role before they act. */
  collaborator(login: string, role: Role): void {
    account(this.#world, login);
    this.state.collaborators.set(login, role);
  }

  /** The first commit of a branch, with exactly these files. Returns its SHA. */
  seed(files: Readonly<Record<string, FileContent>>, branch = this.state.defaultBranch): string {
    return this.#push(branch, new Map(), files, [], { message: "Initial commit" });
  }

  /** A push by hand of one commit; a branch that does not exist starts at the default branch. Returns the SHA. */
  commit(branch: string, changes: Changes, options: CommitOptions = {}): string {
    const { refs, objects, defaultBranch } = this.state;
    const parent = refs.get(`refs/heads/${branch}`) ?? refs.get(`refs/heads/${defaultBranch}`);
    const files =
      parent === undefined
        ? new Map<string, { mode: Mode; sha: string }>()
        : objects.files(objects.mustCommit(parent).tree);
    return this.#push(branch, files, changes, parent === undefined ? [] : [parent], options);
  }

  #push(
    branch: string,
    files: Map<string, { mode: Mode; sha: string }>,
    changes: Changes,
    parents: string[],
    options: CommitOptions,
  ): string {
    const { objects } = this.state;
    for (const [path, change] of Object.entries(changes)) {
      if (change === null) {
        if (!files.delete(path)) throw new Error(`There is no file ${path} on ${branch} to remove.`);
        continue;
      }
      const plain = typeof change === "string" || Buffer.isBuffer(change);
      const mode = plain ? (files.get(path)?.mode ?? "100644") : change.mode;
      files.set(path, { mode, sha: objects.putBlob(plain ? change : change.content) });
    }
    const who = this.#who(options.author);
    const person = personOf(who, options.date ?? this.#world.now());
    const { sha } = objects.putCommit({
      tree: objects.putFiles(files),
      parents,
      author: person,
      committer: person,
      message: options.message ?? `Change ${Object.keys(changes).join(", ")}`,
      ...(options.verified === true ? { signature } : {}),
    });
    moveRef(this.#world, this.state, `refs/heads/${branch}`, sha, who);
    return sha;
  }

  /** Points a branch elsewhere (a force push, or a new branch). */
  setBranch(branch: string, ref: string, actor?: string): void {
    moveRef(this.#world, this.state, `refs/heads/${branch}`, commitOf(this.state, ref).sha, this.#who(actor));
  }
  deleteBranch(branch: string, actor?: string): void {
    removeRef(this.#world, this.state, `refs/heads/${branch}`, this.#who(actor));
  }

  /** Opens a pull request and returns its number. */
  open(input: { head: string; base?: string; title?: string; body?: string; draft?: boolean; actor?: string }): number {
    const { head, base = this.state.defaultBranch, title = head, body = "", draft = false } = input;
    return openPull(this.#world, this.state, this.#who(input.actor), { head, base, title, body, draft }).thread.number;
  }
  openIssue(input: { title: string; body?: string; labels?: readonly string[]; actor?: string }): number {
    return addThread(this.#world, this.state, this.#who(input.actor), input).number;
  }
  close(number: number, actor?: string): void {
    setState(this.#world, threadOf(this.state, number), "closed", this.#who(actor));
  }
  comment(number: number, input: { body: string; actor?: string }): IssueComment {
    const thread = threadOf(this.state, number);
    return commentBody(
      this.#world,
      this.state,
      thread,
      addComment(this.#world, thread, this.#who(input.actor), input.body),
    );
  }
  review(
    number: number,
    input: { actor: string; state: keyof typeof events; body?: string },
  ): Schemas["pull-request-review"] {
    const { thread, pull } = pullOf(this.state, number);
    const made = addReview(this.#world, this.state, thread, pull, this.#who(input.actor), {
      event: events[input.state],
      body: input.body ?? (input.state === "APPROVED" ? "" : "see above"),
    });
    return reviewBody(this.#world, this.state, thread, made);
  }
  /** Presses the merge button; throws `Refusal` where GitHub would not merge. Returns the new tip of the base. */
  merge(
    number: number,
    input: { method?: MergeMethod; actor?: string; title?: string; message?: string } = {},
  ): string {
    const { thread, pull } = pullOf(this.state, number);
    const { method = "merge", actor, ...texts } = input;
    return merge(this.#world, this.state, thread, pull, this.#who(actor), { method, ...texts });
  }

  /** Presses the Revert button; returns the number of the pull request that it opens. */
  revert(number: number, actor?: string): number {
    return pressRevert(this.#world, this.state, number, this.#who(actor));
  }

  /** A commit status, as another program reports one. */
  pass(ref: string, context: string): void {
    this.state.statuses.push({
      id: this.#world.nextId(),
      sha: commitOf(this.state, ref).sha,
      user: this.#who(undefined),
      state: "success",
      context,
      description: null,
      targetUrl: null,
      createdAt: this.#world.now(),
    });
  }
  protect(branch: string, rule: Protection): void {
    this.state.protections.set(branch, rule);
  }
  /** Adds a ruleset; over the default branch and active unless said. Returns its number. */
  ruleset(input: Partial<Omit<Ruleset, "id" | "createdAt">> & { readonly rules: Ruleset["rules"] }): number {
    const id = this.#world.nextId();
    const made: Ruleset = {
      ...{ name: `ruleset ${id}`, enforcement: "active", include: ["~DEFAULT_BRANCH"], exclude: [], bypassActors: [] },
      ...input,
      id,
      createdAt: this.#world.now(),
    };
    this.state.rulesets.push(made);
    return id;
  }
  environment(name: string, input: Partial<Omit<Environment, "id" | "name">> = {}): void {
    const plain = { reviewers: [], preventSelfReview: false, canAdminsBypass: true, waitTimer: 0, branches: null };
    this.state.environments.set(name, { ...plain, ...input, id: this.#world.nextId(), name });
  }

  /** Says how a run of a workflow stands; GitHub knows of no other. */
  workflowRun(id: number, run: WorkflowRun): void {
    this.state.workflowRuns.set(id, run);
  }

  head(ref: string = this.state.defaultBranch): string {
    return commitOf(this.state, ref).sha;
  }
  /** The text of a file, or undefined when the ref has none of that name. */
  file(ref: string, path: string): string | undefined {
    const found = this.files(ref).get(path);
    return found?.toString();
  }
  files(ref: string): Map<string, Buffer> {
    const all = this.state.objects.files(commitOf(this.state, ref).tree);
    return new Map([...all].map(([path, file]) => [path, this.state.objects.blob(file.sha) ?? Buffer.alloc(0)]));
  }
  /** The commits of a ref, newest first. */
  history(ref: string = this.state.defaultBranch): Commit[] {
    return commitsBetween(this.state.objects, undefined, this.head(ref)).reverse();
  }
  pull(number: number): Schemas["pull-request"] {
    const { thread, pull } = pullOf(this.state, number);
    return pullBody(this.#world, this.state, thread, pull);
  }
  pulls(state: "open" | "closed" | "all" = "all"): Schemas["pull-request"][] {
    const wanted = [...this.state.threads.values()].filter(
      (thread) => thread.pull !== undefined && (state === "all" || thread.state === state),
    );
    return wanted.map((thread) => this.pull(thread.number));
  }
  issue(number: number): Schemas["issue"] {
    return issueBody(this.#world, this.state, threadOf(this.state, number));
  }
  comments(number: number): IssueComment[] {
    const thread = threadOf(this.state, number);
    return thread.comments.map((one) => commentBody(this.#world, this.state, thread, one));
  }
  /** Check runs of a commit, oldest first, each with all its annotations. */
  checks(ref: string): (Schemas["check-run"] & { annotations: Schemas["check-annotation"][] })[] {
    const { sha } = commitOf(this.state, ref);
    const runs = this.state.checks.filter((run) => run.headSha === sha);
    return runs.map((run) => ({ ...checkRun(this.#world, this.state, run), annotations: [...run.annotations] }));
  }
  statuses(ref: string): Schemas["status"][] {
    const { sha } = commitOf(this.state, ref);
    return this.state.statuses.filter((one) => one.sha === sha).map((one) => status(this.#world, this.state, one));
  }

  /** Writes the files of a ref into a folder: what a checkout would give, without `.git`. */
  exportTo(dir: string, ref: string = this.state.defaultBranch): void {
    for (const [path, { mode, sha }] of this.state.objects.files(commitOf(this.state, ref).tree)) {
      if (path.split("/").includes("..")) throw new Error(`${path} would leave the folder.`);
      const target = join(dir, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, this.state.objects.blob(sha) ?? "");
      if (mode === "100755") chmodSync(target, 0o755);
    }
  }
}
