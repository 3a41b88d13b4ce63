import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { runnerContext } from "../../src/github/context.ts";

const env = {
  GITHUB_REPOSITORY: "acme/policies",
  GITHUB_SHA: "a".repeat(40),
  GITHUB_REF: "refs/heads/main",
  GITHUB_EVENT_NAME: "push",
  GITHUB_EVENT_PATH: "event.json",
  GITHUB_RUN_ID: "42",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_API_URL: "https://api.github.com/",
};
const reads = (payload: unknown) => async (path: string) => {
  expect(path).toBe("event.json");
  return JSON.stringify(payload);
};
const side = (ref: string, full: string | null) => ({
  ref,
  sha: "b".repeat(40),
  repo: full === null ? null : { full_name: full },
});

test("a push", async () => {
  const context = await runnerContext(env, reads({ repository: { default_branch: "main" } }));
  expect(context).toEqual({
    repository: "acme/policies",
    sha: "a".repeat(40),
    ref: "refs/heads/main",
    branch: "main",
    defaultBranch: "main",
    event: "push",
    runId: "42",
    attempt: 2,
    run: "42-2",
    serverUrl: "https://github.com",
    apiUrl: "https://api.github.com",
    runUrl: "https://github.com/acme/policies/actions/runs/42/attempts/2",
    pullRequest: undefined,
  });
});

test("a pull request: its sides, and whether it comes from a fork", async () => {
  const of = (head: string | null) =>
    runnerContext(
      { ...env, GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/7/merge" },
      reads({ pull_request: { number: 7, base: side("main", "acme/policies"), head: side("work", head) } }),
    );
  expect(await of("Acme/Policies")).toMatchObject({
    branch: undefined,
    pullRequest: { number: 7, baseRef: "main", headRef: "work", headSha: "b".repeat(40), fork: false, draft: false },
  });
  expect((await of("mallory/policies")).pullRequest?.fork).toBe(true);
  // A fork that was deleted meanwhile.
  expect((await of(null)).pullRequest?.fork).toBe(true);
});

test("everything that is missing or wrong is told at once", async () => {
  const wrong = { ...env, GITHUB_REPOSITORY: "acme", GITHUB_SHA: "", GITHUB_RUN_ID: "x\n::error::y" };
  const error: unknown = await runnerContext(wrong, () => Promise.reject(new Error("ENOENT"))).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UsageError);
  const text = String(error);
  expect(text).toContain("GITHUB_REPOSITORY is acme, expected owner/name");
  expect(text).toContain("GITHUB_SHA is not set");
  expect(text).toContain("GITHUB_RUN_ID is x\\u{a}::error::y");
  expect(text).toContain("GITHUB_EVENT_PATH cannot be read (no such file)");
  await expect(runnerContext({}, reads({}))).rejects.toThrow("GITHUB_API_URL is not set; GITHUB_EVENT_PATH is not set");
  await expect(runnerContext(env, async () => "{")).rejects.toThrow("not JSON");
});

test("a pull request event without a pull request is refused; odd payloads are not believed", async () => {
  const pull = { ...env, GITHUB_EVENT_NAME: "pull_request" };
  for (const payload of [
    {},
    { pull_request: null },
    { pull_request: { number: "7" } },
    { pull_request: { number: 7 } },
    [],
  ]) {
    await expect(runnerContext(pull, reads(payload))).rejects.toThrow("names no pull request");
  }
  expect((await runnerContext(env, reads(null))).defaultBranch).toBeUndefined();
  expect((await runnerContext(env, reads({ repository: { default_branch: 5 } }))).defaultBranch).toBeUndefined();
});
