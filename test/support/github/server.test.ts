import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getOctokit } from "@actions/github";
import { expect, test } from "vitest";
import { primaryLimit, secondaryLimit } from "./faults.ts";
import { assertCleanAfterEach, here, refusal, start } from "./harness.ts";
import { mergeText, patch } from "./line-diff.ts";
import { Contract } from "./validate.ts";

assertCleanAfterEach();

/** Git without anyone's configuration. */
const plainGit = { PATH: process.env["PATH"] ?? "", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };

test("faults strike once, before or after the write", async () => {
  const { github, repo, bot } = await start();
  repo.openIssue({ title: "t" });
  const say = (body: string) => bot.issues.createComment({ ...here, issue_number: 1, body });
  const limited = github.fault({ route: "issues/create-comment" }, primaryLimit(1_772_350_000));
  expect(await refusal(say("1"))).toMatchObject({
    status: 403,
    text: expect.stringContaining("API rate limit exceeded"),
  });
  await say("2");
  expect(limited.hits).toBe(1);
  github.fault({ method: "POST", route: /\/comments$/, skip: 1, times: 2 }, secondaryLimit(60, 429));
  const states = [];
  for (const body of ["3", "4", "5", "6"])
    states.push(
      await say(body).then(
        (answer) => answer.status,
        (error: { status: number }) => error.status,
      ),
    );
  expect(states).toEqual([201, 429, 429, 201]);
  github.fault({ route: "/repos/{owner}/{repo}/issues/{issue_number}/comments" }, { reset: true });
  expect((await refusal(say("lost"))).status).toBe(500);
  github.fault({ route: "issues/create-comment" }, { afterWrite: "reset" });
  expect((await refusal(say("done, unheard"))).status).toBe(500);
  github.fault({ route: "issues/create-comment" }, { afterWrite: { status: 502, body: { message: "Server Error" } } });
  expect((await refusal(say("done, 502"))).status).toBe(502);
  github.fault({ route: "issues/create-comment" }, { delayMs: 30 });
  const before = performance.now();
  await say("late");
  expect(performance.now() - before).toBeGreaterThan(25);
  expect(repo.comments(1).map((one) => one.body)).toEqual(["2", "3", "6", "done, unheard", "done, 502", "late"]);
  expect(github.calls("issues/create-comment").map((call) => call.status)).toEqual([
    403, 201, 201, 429, 429, 201, 0, 0, 502, 201,
  ]);
});

test("the hour's calls run out and come back", async () => {
  let now = Date.parse("2026-03-01T06:00:00Z");
  const { bot } = await start({ rateLimit: 2, now: () => new Date(now) });
  await bot.repos.get(here);
  expect((await bot.repos.get(here)).headers["x-ratelimit-remaining"]).toBe("0");
  expect((await refusal(bot.repos.get(here))).text).toContain("API rate limit exceeded");
  expect((await bot.rateLimit.get()).data.rate).toMatchObject({ limit: 2, remaining: 0, reset: now / 1000 + 3600 });
  now += 3_600_000;
  await bot.repos.get(here);
});

test("a request GitHub does not describe is a problem, an unknown route is named", async () => {
  const { github } = await start();
  const octokit = getOctokit("ghs_actions", { baseUrl: github.url });
  const problem = async (call: Promise<unknown>) => {
    await refusal(call);
    return github.problems.splice(0).join();
  };
  expect(await problem(octokit.request("POST /repos/acme/policies/issues", { title: "t", labelz: ["x"] }))).toContain(
    "labelz",
  );
  expect(await problem(octokit.request("POST /repos/acme/policies/issues", { body: "no title" }))).toContain("title");
  expect(await problem(octokit.request("GET /repos/acme/policies/pulls?stat=open"))).toContain("stat");
  expect(await problem(octokit.request("GET /repos/acme/policies/pulls?state=opened"))).toContain("allowed values");
  expect(await refusal(octokit.request("GET /repos/acme/policies/hooks"))).toMatchObject({
    status: 404,
    text: expect.stringContaining("no route GET /repos/acme/policies/hooks"),
  });
  expect(github.unknownRoutes.splice(0)).toEqual(["GET /repos/acme/policies/hooks"]);
});

test("an answer GitHub does not describe is a problem", async () => {
  const contract = new Contract();
  const { repo, bot } = await start();
  repo.commit("x", { "x.txt": "x\n" });
  const good = repo.pull(repo.open({ head: "x" }));
  expect(contract.problemOfAnswer("pulls/get", 200, good)).toBeUndefined();
  expect(contract.problemOfAnswer("pulls/get", 200, { ...good, merged: "no" })).toContain("/merged must be boolean");
  expect(contract.problemOfAnswer("pulls/get", 200, { ...good, head: undefined })).toContain(
    "required property 'head'",
  );
  expect(contract.problemOfAnswer("pulls/get", 201, good)).toContain("does not answer 201");
  expect(contract.problemOfAnswer("pulls/merge", 405, { message: 5 })).toContain("/message must be string");
  expect(contract.problemOfAnswer("issues/delete-comment", 204, {})).toContain("has no body");
  // A check that is not finished has no conclusion: null in a list of allowed words.
  await bot.checks.create({ ...here, name: "probe", head_sha: repo.head(), status: "in_progress" });
  const [run] = repo.checks("main");
  expect(contract.problemOfAnswer("checks/get", 200, { ...run, conclusion: null })).toBeUndefined();
  expect(contract.problemOfAnswer("checks/get", 200, { ...run, conclusion: "fine" })).toContain("/conclusion");
});

test("the Enterprise Server prefix answers, pages included", async () => {
  const { github, repo } = await start();
  repo.openIssue({ title: "t" });
  for (const body of ["1", "2", "3"]) repo.comment(1, { body, actor: "alice" });
  const octokit = getOctokit("ghs_actions", { baseUrl: `${github.url}/api/v3` });
  const all = await octokit.paginate(octokit.rest.issues.listComments, { ...here, issue_number: 1, per_page: 2 });
  expect(all.map((one) => one.body)).toEqual(["1", "2", "3"]);
});

test("mergeability is unknown at the first look after a push", async () => {
  const { repo, bot } = await start({ mergeability: "background" });
  repo.commit("x", { "x.txt": "x\n" });
  repo.open({ head: "x" });
  const look = async () => (await bot.pulls.get({ ...here, pull_number: 1 })).data.mergeable;
  expect([await look(), await look()]).toEqual([null, true]);
  repo.commit("x", { "x.txt": "y\n" });
  expect([await look(), await look()]).toEqual([null, true]);
});

test("objects have git's own names, and a checkout can be written out", async () => {
  const { repo } = await start();
  repo.commit(
    "main",
    { "bin/run": { content: "#!/bin/sh\n", mode: "100755" }, "a/b/c.txt": "c\n", "a.txt": "a\n", "a-b.txt": "-\n" },
    { author: "alice" },
  );
  const dir = mkdtempSync(join(tmpdir(), "github-stand-in-"));
  try {
    repo.exportTo(dir);
    expect(readFileSync(join(dir, "a/b/c.txt"), "utf8")).toBe("c\n");
    const git = (...args: string[]) => execFileSync("git", args, { cwd: dir, encoding: "utf8", env: plainGit }).trim();
    git("init", "-q");
    git("-c", "core.autocrlf=false", "add", "-A");
    const [tip] = repo.history();
    expect(git("write-tree")).toBe(tip?.tree);
    const sha = execFileSync("git", ["hash-object", "-t", "commit", "--stdin", "--literally"], {
      cwd: dir,
      input: `${tip?.payload}`,
    })
      .toString()
      .trim();
    expect(sha).toBe(tip?.sha);
    expect(statSync(join(dir, "bin/run")).mode & 0o111).toBe(0o111);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("lines: patches and three-way merges", () => {
  expect(patch("a\nb\nc\n", "a\nB\nc").patch).toBe("@@ -1,3 +1,3 @@\n a\n-b\n-c\n+B\n+c\n\\ No newline at end of file");
  expect(mergeText("1\n2\n3\n4\n", "0\n1\n2\n3\n4\n", "1\n2\n3\n5\n")).toBe("0\n1\n2\n3\n5\n");
  expect(mergeText("1\n2\n3\n", "1\nx\n3\n", "1\nx\n3\n")).toBe("1\nx\n3\n");
  expect(mergeText("1\n2\n3\n", "1\nx\n3\n", "1\ny\n3\n")).toBeUndefined();
  expect(mergeText("1\n2\n3\n", "1\n2\n", "1\n2\n3\n4\n")).toBeUndefined();
});
