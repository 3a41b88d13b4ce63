/** Issues (pull requests are issues too) and labels. */

import { issue, label } from "../render/threads.ts";
import { invalid, listed, must, Refusal } from "../reply.ts";
import { addThread, assertTitle, bodyFits, setLabels, setState, threadOf } from "../threads.ts";
import { route } from "./route.ts";

/** Labels and assignees come as names or as objects with a name. */
const nameOf = (entry: string | { readonly name?: string; readonly login?: string }): string =>
  typeof entry === "string" ? entry : (entry.name ?? entry.login ?? "");

/** What the labels routes take: GitHub also accepts a bare list, which its description does not know. */
function namesIn(body: object): string[] {
  const labels: unknown = "labels" in body ? body.labels : [];
  return Array.isArray(labels) ? labels.map(nameOf) : [];
}

export const issueRoutes = [
  route("issues/list-for-repo", "issues:read", ({ world, repo, query, url }) => {
    const wanted = query.labels?.split(",").map((name) => name.trim()) ?? [];
    const state = query.state ?? "open";
    const sort = query.sort ?? "created";
    const key = (thread: (typeof found)[number]) =>
      sort === "comments"
        ? thread.comments.length
        : Date.parse(sort === "updated" ? thread.updatedAt : thread.createdAt);
    const found = [...repo.threads.values()].filter(
      (thread) =>
        (state === "all" || thread.state === state) &&
        wanted.every((name) => thread.labels.includes(name)) &&
        (query.creator === undefined || thread.user.login === query.creator) &&
        (query.assignee === undefined || thread.assignees.includes(query.assignee)) &&
        (query.since === undefined || Date.parse(thread.updatedAt) >= Date.parse(query.since)),
    );
    const sign = query.direction === "asc" ? 1 : -1;
    found.sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
    return listed(
      found.map((thread) => issue(world, repo, thread)),
      query,
      url,
    );
  }),
  route("issues/create", "issues:write", ({ world, repo, actor, body }) => {
    const labels = (body.labels ?? []).map(nameOf);
    const thread = addThread(world, repo, actor, {
      title: `${body.title}`,
      body: body.body ?? null,
      labels,
      assignees: body.assignees ?? [],
    });
    return { status: 201, body: issue(world, repo, thread) };
  }),
  route("issues/get", "issues|pull_requests:read", ({ world, repo, path }) => {
    return { status: 200, body: issue(world, repo, threadOf(repo, path.issue_number)) };
  }),
  route("issues/update", "issues|pull_requests:write", ({ world, repo, actor, path, body }) => {
    const thread = threadOf(repo, path.issue_number);
    if (body.title !== undefined && body.title !== null) {
      assertTitle("Issue", `${body.title}`);
      thread.title = `${body.title}`;
    }
    // An oversize body is answered with 200 and silently not stored: GitHub does that, and a client must notice.
    if (body.body !== undefined && bodyFits(body.body ?? "")) thread.body = body.body;
    if (body.labels !== undefined) setLabels(world, repo, thread, body.labels.map(nameOf));
    if (body.assignees !== undefined) thread.assignees = body.assignees.map(nameOf);
    if (body.state !== undefined) setState(world, thread, body.state, actor, body.state_reason ?? null);
    thread.updatedAt = world.now();
    return { status: 200, body: issue(world, repo, thread) };
  }),
  route("issues/list-labels-for-repo", "issues|pull_requests:read", ({ world, repo, query, url }) => {
    const names = [...repo.labels.keys()].sort();
    return listed(
      names.map((name) => label(world, repo, name)),
      query,
      url,
    );
  }),
  route("issues/create-label", "issues|pull_requests:write", ({ world, repo, body }) => {
    if (repo.labels.has(body.name)) throw invalid("Label", "name", "already_exists");
    if (body.color !== undefined && !/^[0-9a-f]{6}$/i.test(body.color)) throw invalid("Label", "color", "invalid");
    const made = {
      id: world.nextId(),
      name: body.name,
      color: body.color ?? "ededed",
      description: body.description ?? null,
    };
    repo.labels.set(body.name, made);
    return { status: 201, body: label(world, repo, body.name) };
  }),
  route("issues/get-label", "issues|pull_requests:read", ({ world, repo, path }) => {
    return { status: 200, body: label(world, repo, must(repo.labels.get(path.name)).name) };
  }),
  route("issues/list-labels-on-issue", "issues|pull_requests:read", ({ world, repo, path, query, url }) => {
    return listed(
      threadOf(repo, path.issue_number).labels.map((name) => label(world, repo, name)),
      query,
      url,
    );
  }),
  route("issues/add-labels", "issues|pull_requests:write", ({ world, repo, path, body }) => {
    const thread = threadOf(repo, path.issue_number);
    setLabels(world, repo, thread, [...thread.labels, ...namesIn(body)]);
    return { status: 200, body: thread.labels.map((name) => label(world, repo, name)) };
  }),
  route("issues/set-labels", "issues|pull_requests:write", ({ world, repo, path, body }) => {
    const thread = threadOf(repo, path.issue_number);
    setLabels(world, repo, thread, namesIn(body));
    return { status: 200, body: thread.labels.map((name) => label(world, repo, name)) };
  }),
  route("issues/remove-label", "issues|pull_requests:write", ({ world, repo, path }) => {
    const thread = threadOf(repo, path.issue_number);
    if (!thread.labels.includes(path.name)) throw new Refusal(404, "Label does not exist");
    setLabels(
      world,
      repo,
      thread,
      thread.labels.filter((name) => name !== path.name),
    );
    return { status: 200, body: thread.labels.map((name) => label(world, repo, name)) };
  }),
];
