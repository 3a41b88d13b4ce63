import { expect, test } from "vitest";
import { type Check, publishCheck } from "../../src/github/check.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, writes } from "./client-under-test.ts";

assertCleanAfterEach();

const checkOf = (sha: string, count: number, more: Partial<Check> = {}): Check => ({
  sha,
  name: "evenkeel/preview",
  conclusion: "failure",
  title: `${count} problems`,
  summary: "| a |\n|---|",
  annotations: Array.from({ length: count }, (_, index) => ({
    path: "policies/s3.yaml",
    line: index + 1,
    level: "failure" as const,
    message: `problem ${index}`,
  })),
  ...more,
});

test("annotations go in batches of 50, the conclusion with the last; the same check again writes nothing", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const check = checkOf(repo.head(), 120);
  expect(await publishCheck(client, check)).toMatchObject({ action: "created" });
  const sent = github.log
    .filter(({ method }) => method !== "GET")
    .map(({ operation, body }) => [operation, statusOf(body)]);
  expect(sent).toEqual([
    ["checks/create", "in_progress"],
    ["checks/update", "in_progress"],
    ["checks/update", "completed"],
  ]);
  const [run, ...others] = repo.checks("main");
  expect(others).toEqual([]);
  expect(run).toMatchObject({
    name: "evenkeel/preview",
    conclusion: "failure",
    output: { title: "120 problems", annotations_count: 120 },
  });
  expect(new Set(run?.annotations.map(({ message }) => message)).size).toBe(120);
  github.log.length = 0;
  expect(await publishCheck(client, check)).toMatchObject({ action: "unchanged", id: run?.id });
  expect(writes(github)).toEqual([]);
});

const statusOf = (body: unknown): unknown =>
  typeof body === "object" && body !== null && "status" in body ? body.status : undefined;

test("other content edits a check without annotations, and replaces one that has them", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const good = checkOf(repo.head(), 0, { conclusion: "success" });
  await publishCheck(client, good);
  expect(await publishCheck(client, checkOf(repo.head(), 2))).toMatchObject({ action: "updated" });
  expect(repo.checks("main")).toMatchObject([{ conclusion: "failure", output: { annotations_count: 2 } }]);
  expect(await publishCheck(client, good)).toMatchObject({ action: "created" });
  expect(repo.checks("main").at(-1)).toMatchObject({ conclusion: "success", output: { annotations_count: 0 } });
  expect(await publishCheck(client, good)).toMatchObject({ action: "unchanged" });
  expect(await publishCheck(client, { ...good, name: "evenkeel/fresh" })).toMatchObject({ action: "created" });
});

test.each(["reset", "after"] as const)(
  "broken off at each request (%s) and run again: one check, no annotation twice",
  async (how) => {
    for (const skip of [0, 1, 2]) {
      const { github, repo } = await start();
      const { client } = await connect(github);
      const check = checkOf(repo.head(), 120);
      const route = /\/check-runs(\/\d+)?$/;
      const fault = { method: skip === 0 ? "POST" : "PATCH", route, skip: Math.max(0, skip - 1) };
      const placed = github.fault(fault, how === "reset" ? { reset: true } : { afterWrite: "reset" });
      await publishCheck(client, check).catch(() => undefined);
      expect(placed.hits).toBe(1);
      await publishCheck(client, check);
      const runs = repo.checks("main");
      expect(runs).toMatchObject([{ status: "completed", conclusion: "failure", output: { annotations_count: 120 } }]);
      expect(new Set(runs[0]?.annotations.map(({ message }) => message)).size).toBe(120);
    }
  },
);

test("a check of the same name by another app is not touched", async () => {
  const { github, repo, as } = await start();
  await as("ghs_app").checks.create({
    owner: "acme",
    repo: "policies",
    name: "evenkeel/preview",
    head_sha: repo.head(),
  });
  const { client } = await connect(github, { actor: "github-actions[bot]" });
  expect(await publishCheck(client, checkOf(repo.head(), 0))).toMatchObject({ action: "created" });
  expect(repo.checks("main").map(({ app, status }) => [app?.slug, status])).toEqual([
    ["evenkeel", "queued"],
    ["github-actions", "completed"],
  ]);
});

test("without the permission, and with a person's token, the refusal says what is needed", async () => {
  const { github, repo } = await start();
  const reader = await connect(github, { token: "ghs_reader", actor: "reader[bot]" });
  const error: unknown = await publishCheck(reader.client, checkOf(repo.head(), 0)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: "denied", remedy: expect.stringContaining("`checks: ") });
});
