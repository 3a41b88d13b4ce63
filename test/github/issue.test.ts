import { expect, test } from "vitest";
import { knownIssue, upsertIssue } from "../../src/github/issue.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, during, operations, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const MARKER = "<!-- evenkeel:dashboard v1 -->";
const text = (body: string) => ({ marker: MARKER, title: "Evenkeel dashboard", body });

async function world() {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const bodies = () => [...repo.state.threads.values()].map(({ body }) => body);
  return { github, repo, client, bodies };
}

test("made once, edited in place, not written when it reads the same; few calls", async () => {
  const { github, client, bodies } = await world();
  expect(await upsertIssue(client, text("one"))).toMatchObject({ action: "created", number: 1 });
  const same = await during(github, () => upsertIssue(client, text("one\n")));
  expect(same.result).toMatchObject({ action: "unchanged", number: 1 });
  expect(operations(same.calls)).toEqual(["issues/list-for-repo"]);
  const other = await during(github, () => upsertIssue(client, text(`${MARKER}\ntwo`)));
  expect(other.result).toMatchObject({ action: "updated", number: 1 });
  expect(operations(other.calls)).toEqual(["issues/list-for-repo", "issues/update", "issues/get"]);
  expect(bodies()).toEqual([`${MARKER}\ntwo`]);
});

test("the issue that would be edited is told by its number, and none is made for that", async () => {
  const { github, repo, client } = await world();
  repo.openIssue({ title: "forged", body: `${MARKER}\nforged`, actor: "alice" });
  expect(await knownIssue(client, MARKER)).toBeUndefined();
  expect(writes(github)).toEqual([]);
  const { number } = await upsertIssue(client, text("one"));
  expect(await knownIssue(client, MARKER)).toBe(number);
});

test("what counts as the same is the caller's to say; a title that was edited is set right", async () => {
  const { repo, client, bodies } = await world();
  await upsertIssue(client, text("at 1"));
  const lax = { ...text("at 2"), same: () => true };
  expect(await upsertIssue(client, lax)).toMatchObject({ action: "unchanged" });
  expect(bodies()).toEqual([`${MARKER}\nat 1`]);
  const thread = repo.state.threads.get(1);
  if (thread !== undefined) thread.title = "mine";
  expect(await upsertIssue(client, lax)).toMatchObject({ action: "updated" });
  expect(repo.state.threads.get(1)?.title).toBe("Evenkeel dashboard");
});

test("only ours, open, no pull request, and with the marker first", async () => {
  const { repo, client, bodies } = await world();
  repo.openIssue({ title: "forged", body: `${MARKER}\nforged`, actor: "alice" });
  repo.openIssue({ title: "quoted", body: `> ${MARKER}`, actor: "github-actions[bot]" });
  repo.commit("work", { "a.txt": "a\n" });
  repo.open({ head: "work", body: `${MARKER}\na pull request`, actor: "github-actions[bot]" });
  const before = bodies();
  expect(await upsertIssue(client, text("ours"))).toMatchObject({ action: "created", number: 4 });
  expect(bodies()).toEqual([...before, `${MARKER}\nours`]);
});

test("one that was closed stays closed, and another is made", async () => {
  const { repo, client, bodies } = await world();
  await upsertIssue(client, text("one"));
  repo.close(1, "alice");
  expect(await upsertIssue(client, text("two"))).toMatchObject({ action: "created", number: 2 });
  expect(repo.state.threads.get(1)?.state).toBe("closed");
  expect(bodies()).toEqual([`${MARKER}\none`, `${MARKER}\ntwo`]);
});

test("found behind a hundred older issues", async () => {
  const { github, repo, client } = await world();
  for (let index = 0; index < 120; index++) repo.openIssue({ title: `${index}`, actor: "alice" });
  await upsertIssue(client, text("one"));
  const again = await during(github, () => upsertIssue(client, text("one")));
  expect(again.result).toMatchObject({ action: "unchanged", number: 121 });
  expect(again.calls).toHaveLength(2);
});

test("a text that GitHub takes and does not store is noticed", async () => {
  const { client, bodies } = await world();
  await upsertIssue(client, text("one"));
  const error: unknown = await upsertIssue(client, text("x".repeat(300_000))).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    name: "GitHubError",
    kind: "invalid",
    detail: expect.stringContaining("issue 1 does not hold the 300031 bytes"),
  });
  expect(bodies()).toEqual([`${MARKER}\none`]);
});

test("an answer that got lost leads to no second issue; one that was refused is told with its remedy", async () => {
  const { github, client, bodies } = await world();
  github.fault({ route: "issues/create" }, { afterWrite: { status: 502, body: { message: "Server Error" } } });
  expect(await upsertIssue(client, text("one"))).toMatchObject({ action: "created", number: 1 });
  expect(bodies()).toHaveLength(1);
  expect(operations(writes(github))).toEqual(["issues/create"]);
  const message = "Resource not accessible by integration";
  github.fault({ route: "issues/update" }, { status: 403, body: { message } });
  const error: unknown = await upsertIssue(client, text("two")).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ kind: "denied", remedy: expect.stringContaining("issues: write") });
});
