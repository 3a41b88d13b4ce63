import { expect, test } from "vitest";
import { declineItems } from "../../src/github/decline.ts";
import { publishReport } from "../../src/github/report.ts";
import { checkReport } from "../../src/github/report-check.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, operations, PATH, reportOf } from "./client-under-test.ts";

assertCleanAfterEach();

const PASSED = { name: "evenkeel/preview", status: "completed", conclusion: "success" };

test("each push by the job's token has the check, by one call; what stands is not asked about", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  for (const report of [reportOf([item(1)]), reportOf([item(1), item(2)])]) {
    const { calls } = await during(github, () => publishReport(client, report));
    expect(operations(calls).filter((name) => name.startsWith("checks/"))).toEqual(["checks/create"]);
    expect(repo.checks(BRANCH)).toMatchObject([{ ...PASSED, output: { title: "A report: only its plan changes" } }]);
    const again = await during(github, () => publishReport(client, report));
    expect(operations(again.calls).filter((name) => name.startsWith("checks/"))).toEqual([]);
  }
});

test("an App's token and a person's set none: their pull requests start the workflow that does", async () => {
  for (const options of [{ actor: "evenkeel-app[bot]" }, { token: "ghp_alice" }]) {
    const { github } = await start();
    const { client } = await connect(github, options);
    const { calls } = await during(github, () => checkReport(client, "0".repeat(40), { fresh: true }));
    expect(calls).toEqual([]);
  }
});

test("a check of that name that is there already stays, whatever it says", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const sha = repo.head("main");
  const failed = { status: "completed" as const, conclusion: "failure" as const };
  await client.rest.checks.create({ ...client.here, head_sha: sha, name: PASSED.name, ...failed });
  await checkReport(client, sha, { fresh: false });
  expect(repo.checks(sha)).toMatchObject([failed]);
});

test("without the right the report is made all the same, and the log says what would mend it", async () => {
  const permissions = { contents: "write", pull_requests: "write" } as const;
  const { github, repo } = await start({
    tokens: { ghs_bare: { login: "github-actions[bot]", permissions } },
  });
  const { client, warnings } = await connect(github, { token: "ghs_bare" });
  expect(await publishReport(client, reportOf([item(1)]))).toMatchObject({ action: "created", pushed: true });
  expect(repo.checks(BRANCH)).toEqual([]);
  expect(warnings.join("\n")).toMatch(/evenkeel\/preview could not be set.*to mend it: .*checks: write|checks=write/);
});

test("lines that a comment takes out: their commit has the check, also where the job was killed before it", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1), item(2)]));
  const place = { base: "main", branch: BRANCH, path: PATH };
  const fault = github.fault({ route: "checks/create" }, { status: 422, body: { message: "Validation Failed" } });
  await declineItems(client, place, [item(2).id]).catch(() => undefined);
  expect(fault.hits).toBe(1);
  expect(repo.checks(BRANCH)).toEqual([]);
  expect(await declineItems(client, place, [item(2).id])).toMatchObject({ done: true, pushed: false });
  expect(repo.checks(BRANCH)).toMatchObject([PASSED]);
  // A person's commit starts the workflow.
  const line = (repo.file(BRANCH, PATH) ?? "").split("\n")[0];
  repo.commit(BRANCH, { [PATH]: `${line}\n` }, { author: "alice" });
  await declineItems(client, place, [item(1).id]);
  expect(repo.checks(BRANCH)).toEqual([]);
});
