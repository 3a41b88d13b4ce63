/** The loop on a GitHub Enterprise Server: its API is below /api/v3, its pages are not, and older ones lack what github.com has; by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_RIGHTS } from "../support/github/protected.ts";
import type { GitHubOptions } from "../support/github/server.ts";
import { type Company, configOf, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 120_000);
afterAll(() => company.stop());

/** Pages have an address of their own, so that one taken from the API's would show. */
const SITE = "https://ghes.acme.example";

async function server(options: GitHubOptions = {}): Promise<Repository> {
  const { account } = await company.buckets("orders");
  return company.repository(configOf([account], ["s3_bucket_versioning"]), { enterprise: "3.17.2", ...options });
}

test("report, merge, apply: every call below /api/v3, links to the server's pages, one comment", async () => {
  const repository = await server();
  const { github, repo } = repository;
  expect(github.url).toBe(`${github.site}/api/v3`);
  const report = await repository.report({ serverUrl: SITE });
  expect(report).toMatchObject({ exit: 0, outputs: { planned: "1", pull_request: "1" } });
  expect(report.outputs["pull_request_url"]).toBe(`${github.site}/acme/policies/pull/1`);
  const body = repo.pull(1).body ?? "";
  expect(body).toContain(`](${SITE}/acme/policies/commit/`);
  expect(body).not.toMatch(/github\.com|api\/v3/);
  expect(body).toContain("web commit signing");
  const again = await repository.writes(() => repository.report({ serverUrl: SITE }));
  expect(again.calls).toEqual([]);
  repository.merge();
  const { result, sent } = await company.sent(() => repository.apply({ serverUrl: SITE }));
  expect(sent).toHaveLength(1);
  expect(result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  const [comment, ...more] = repo.comments(1);
  expect(more).toEqual([]);
  expect(comment?.body).not.toMatch(/github\.com|api\/v3/);
  expect(github.log.length).toBeGreaterThan(20);
});

test("the dashboard and the commands in comments", async () => {
  const repository = await server();
  const { repo } = repository;
  const report = await repository.start({ command: "report", dashboard: "true" }, { serverUrl: SITE });
  expect((await report.ended).text).toContain(`${repository.github.site}/acme/policies/issues/`);
  const made = repo.comment(1, { body: "/reject", actor: "alice" });
  const payload = {
    action: "created",
    issue: { number: 1, pull_request: {} },
    comment: { ...made, user: { login: "alice", type: "User" } },
  };
  const asked = await repository.start({ command: "comment" }, { event: "issue_comment", payload, serverUrl: SITE });
  expect(await asked.ended).toMatchObject({ exit: 0 });
  expect(repo.comments(1).at(-1)?.body).toContain("Nothing was done: ");
});

test("one that signs no commits: nothing is approved, and what an administrator has to turn on is said before and after the merge", async () => {
  const repository = await server({ signsCommits: false });
  await repository.report();
  expect(repository.repo.pull(1).body).toContain(
    "nothing counts as approved unless a site administrator has turned web commit signing on",
  );
  const number = repository.merge();
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "1" } });
  for (const text of [result.text, repository.repo.comments(number)[0]?.body]) {
    expect(text?.replaceAll(/\s+/g, " ")).toContain("turn web commit signing on");
  }
});

const GONE = { status: 404, body: { message: "Not Found", documentation_url: "https://docs.github.com/rest" } };

test("one without rulesets: a review is asked for rather than a merge trusted, and doctor says what it could not read", async () => {
  const tokens = {
    ghs_actions: { login: "github-actions[bot]", permissions: JOB_RIGHTS },
    ghp_admin: { login: "carol" },
  };
  const repository = await server({ enterprise: "3.10.4", tokens });
  const { github, repo } = repository;
  repo.collaborator("carol", "admin");
  await repository.report();
  repository.mergeUnguarded(1, "alice");
  const missing = github.fault({ route: /\/rules(ets)?\b/, times: 1_000 }, GONE);
  const { result, sent } = await company.sent(() => repository.apply());
  expect(missing.hits).toBeGreaterThan(0);
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { blocked: "1" } });
  expect(result.text).toContain("not approved (merged_by_only)");
  const doctor = await (await repository.start({ command: "doctor" })).ended;
  expect(doctor.stderr).not.toMatch(/bug in Evenkeel|\n +at /);
  expect(doctor.text).toMatch(/unknown +branch-approvals +could not be read: rulesets/);
  expect(doctor.text.replaceAll(/\s+/g, " ")).toContain("too old for rulesets, ask for it by branch protection");
  // What classic protection asks for needs no rulesets to be known.
  repo.protect("main", { approvals: 1, dismissStale: true, enforceAdmins: true });
  const mended = await (await repository.start({ command: "doctor", "github-token": "ghp_admin" })).ended;
  expect(mended.text).toMatch(/ok +branch-approvals +an approval is required/);
  repo.review(1, { actor: "bob", state: "APPROVED" });
  const after = await company.sent(() => repository.apply());
  expect(after.result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

/** Everything that some server, edition or token lacks, as far as report and apply can do without it. */
const OPTIONAL: readonly [name: string, route: RegExp][] = [
  ["branch rules", /\/rules\//],
  ["a look at the branch's protection", /\/protection$/],
  ["the pull requests of a commit", /\/commits\/[^/]+\/pulls$/],
];

test.each(OPTIONAL)("without %s: words instead of a crash, and nothing that was not approved", async (_, route) => {
  const repository = await server();
  const missing = repository.github.fault({ route, times: 1_000 }, GONE);
  repository.repo.protect("main", { approvals: 1, enforceAdmins: true });
  const report = await repository.report();
  expect(report).toMatchObject({ exit: 0, outputs: { pull_request: "1" } });
  repository.merge();
  const { result, sent } = await company.sent(() => repository.apply());
  expect(missing.hits).toBeGreaterThan(0);
  expect(result.stderr).not.toMatch(/bug in Evenkeel|\n +at /);
  expect([0, 3]).toContain(result.exit);
  expect(sent).toHaveLength(Number(result.outputs["applied"]));
  if (result.exit === 3) expect(result.text).toMatch(/not approved \(\w+\)/);
});
