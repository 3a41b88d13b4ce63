import { expect, test } from "vitest";
import { GitHubError } from "../../src/github/errors.ts";
import { branchHead } from "../../src/github/git.ts";
import { primaryLimit, secondaryLimit } from "../support/github/faults.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { startGitHub } from "../support/github/server.ts";
import { connect, NOW } from "./client-under-test.ts";

assertCleanAfterEach();

async function errorOf(call: Promise<unknown>): Promise<GitHubError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  if (error instanceof GitHubError) return error;
  throw new Error(`not a GitHubError: ${String(error)}`);
}

test("reads are repeated after breaks, errors of the server and rate limits, as long as GitHub asks to wait", async () => {
  const { github, repo } = await start();
  const { client, clock } = await connect(github);
  github.fault({ route: "git/get-ref" }, { reset: true });
  github.fault({ route: "git/get-ref" }, { status: 502, body: { message: "Server Error" } });
  github.fault({ route: "git/get-ref" }, secondaryLimit(7, 429));
  expect(await branchHead(client, "main")).toBe(repo.head());
  expect(clock.slept).toEqual([250, 500, 7_500]);
  expect(client.calls).toBe(4);
  github.fault({ route: "git/get-ref" }, primaryLimit((NOW + 30_000) / 1000));
  await branchHead(client, "main");
  // Until the hour is over by their clock, which is 8 s further by now, and a second more.
  expect(clock.slept.at(-1)).toBe(30_000 - 8_250 + 1_000 + 500);
});

test("four attempts are the most, and no wait beyond the patience of the run", async () => {
  const { github } = await start();
  const { client, clock } = await connect(github);
  github.fault({ route: "git/get-ref", times: 9 }, { status: 503, body: { message: "busy" } });
  const busy = await errorOf(branchHead(client, "main"));
  expect(busy).toMatchObject({
    kind: "server",
    status: 503,
    attempts: 4,
    operation: "GET /git/ref/{ref}",
    detail: "busy",
  });
  expect(busy.maybeDone).toBe(false);
  github.clearFaults();
  const waited = clock.slept.length;
  github.fault({ route: "git/get-ref" }, primaryLimit((NOW + 1_800_000) / 1000));
  const limited = await errorOf(branchHead(client, "main"));
  expect(limited).toMatchObject({ kind: "throttled", attempts: 1 });
  expect(limited.remedy).toContain("run again in 30 min");
  expect(clock.slept.length).toBe(waited);
});

test("waits add up against the patience of the run", async () => {
  const { github } = await start();
  const { client, clock } = await connect(github, { patience: 5_000 });
  github.fault({ route: "git/get-ref", times: 2 }, secondaryLimit(3));
  expect(await errorOf(branchHead(client, "main"))).toMatchObject({ kind: "throttled", attempts: 2 });
  expect(clock.slept).toEqual([3_500]);
});

test("a write is repeated only where GitHub cannot have done it", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const ref = () => client.rest.git.createRef({ ...client.here, ref: "refs/heads/x", sha: repo.head() });
  github.fault({ route: "git/create-ref", times: 2 }, secondaryLimit(1));
  await ref();
  expect(github.calls("git/create-ref").map(({ status }) => status)).toEqual([403, 403, 201]);
  repo.deleteBranch("x");
  github.fault({ route: "git/create-ref" }, { status: 502, body: { message: "Server Error" } });
  expect(await errorOf(ref())).toMatchObject({ kind: "server", attempts: 1, maybeDone: true });
  github.fault({ route: "git/create-ref" }, { reset: true });
  expect(await errorOf(ref())).toMatchObject({ kind: "network", status: 0, attempts: 1, maybeDone: true });
  // A tree that nothing leads to may be made twice.
  github.fault({ route: "git/create-tree" }, { afterWrite: "reset" });
  const tree = [{ path: "x", mode: "100644" as const, type: "blob" as const, content: "x" }];
  await client.rest.git.createTree({ ...client.here, tree });
});

test("a refused connection is repeated for writes too, and told apart from a lost answer", async () => {
  const { github } = await start();
  const gone = await startGitHub();
  await gone.close();
  const { client, clock } = await connect(github, { apiUrl: gone.url });
  const error = await errorOf(client.rest.issues.createComment({ ...client.here, issue_number: 1, body: "x" }));
  expect(error).toMatchObject({ kind: "network", attempts: 4, maybeDone: false, detail: "ECONNREFUSED" });
  expect(error.remedy).toContain("GITHUB_API_URL");
  expect(clock.slept).toHaveLength(3);
});

test("a request that is not answered in time ends", async () => {
  const { github } = await start();
  const { client } = await connect(github, { timeout: 40 });
  github.fault({ route: "issues/create-comment" }, { delayMs: 400 });
  const error = await errorOf(client.rest.issues.createComment({ ...client.here, issue_number: 1, body: "x" }));
  expect(error).toMatchObject({ kind: "timeout", maybeDone: true });
});

test("a bad token, a missing permission and a repository that moved are told with what to do", async () => {
  const { github, repo } = await start();
  const bad = await connect(github, { token: "ghs_wrong" });
  expect(await errorOf(bad.client.about())).toMatchObject({ kind: "credentials", status: 401 });
  const reader = await connect(github, { token: "ghs_reader" });
  const checks = reader.client.rest.checks.create({ ...reader.client.here, name: "x", head_sha: repo.head() });
  expect((await errorOf(checks)).remedy).toContain("`checks: write`");
  const { client } = await connect(github);
  Object.assign(repo.state, { fullName: "acme/renamed" });
  await expect(client.about()).rejects.toThrow("leads to acme/renamed, not to acme/policies");
  await expect(connect(github, { repository: "acme" })).rejects.toThrow("owner/name");
  await expect(connect(github, { token: "" })).rejects.toThrow("no GitHub token");
});

test("who we are: asked of a person's token, given for an app's, any bot where nobody says", async () => {
  const { github } = await start();
  const person = await (await connect(github, { token: "ghp_alice" })).client.me();
  expect([person({ login: "Alice", type: "User" }), person({ login: "bob" }), person(null)]).toEqual([
    true,
    false,
    false,
  ]);
  const app = await (await connect(github, { token: "ghs_app", actor: "evenkeel[bot]" })).client.me();
  expect([app({ login: "evenkeel[bot]", type: "Bot" }), app({ login: "other[bot]", type: "Bot" })]).toEqual([
    true,
    false,
  ]);
  const unnamed = await (await connect(github)).client.me();
  expect([unnamed({ login: "other[bot]", type: "Bot" }), unnamed({ login: "alice", type: "User" })]).toEqual([
    true,
    false,
  ]);
});

test("more calls than a run should need are told once", async () => {
  const { github } = await start();
  const { client, warnings } = await connect(github);
  for (let call = 0; call < 43; call++) await branchHead(client, "main");
  expect(client.calls).toBe(43);
  expect(warnings).toEqual([
    "this run has made more than 40 calls to GitHub, which limits them for each hour; it goes on",
  ]);
});
