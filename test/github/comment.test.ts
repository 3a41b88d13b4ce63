import { expect, test } from "vitest";
import { COMMENT_BYTES, commentUnlessThere, openThread, upsertComment } from "../../src/github/comment.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, operations, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const MARKER = "<!-- evenkeel:preview -->";

async function thread() {
  const { github, repo } = await start();
  const number = repo.openIssue({ title: "t", actor: "alice" });
  return { github, repo, number, bodies: () => repo.comments(number).map(({ body }) => body) };
}

test("made once, edited in place, not written when it reads the same", async () => {
  const { github, number, bodies } = await thread();
  const { client } = await connect(github);
  expect(await upsertComment(client, number, MARKER, "one")).toMatchObject({ action: "created" });
  expect(await upsertComment(client, number, MARKER, "one\n")).toMatchObject({ action: "unchanged" });
  expect(await upsertComment(client, number, MARKER, `${MARKER}\ntwo`)).toMatchObject({ action: "updated" });
  expect(await upsertComment(client, number, "<!-- evenkeel:result -->", "other")).toMatchObject({ action: "created" });
  expect(bodies()).toEqual([`${MARKER}\ntwo`, "<!-- evenkeel:result -->\nother"]);
  expect(operations(writes(github))).toEqual([
    "issues/create-comment",
    "issues/update-comment",
    "issues/create-comment",
  ]);
});

test("only ours, and only with the marker first: what people write and quote is never edited", async () => {
  const { github, repo, number, bodies } = await thread();
  const { client } = await connect(github, { actor: "github-actions[bot]" });
  const theirs = [`${MARKER}\nforged`, `> ${MARKER}\n> quoted`];
  for (const body of theirs) repo.comment(number, { body, actor: "alice" });
  repo.comment(number, { body: `${MARKER}\nanother app's`, actor: "other[bot]" });
  repo.comment(number, { body: `see ${MARKER}`, actor: "github-actions[bot]" });
  await upsertComment(client, number, MARKER, "ours");
  await upsertComment(client, number, MARKER, "ours again");
  expect(bodies()).toEqual([...theirs, `${MARKER}\nanother app's`, `see ${MARKER}`, `${MARKER}\nours again`]);
});

test("found on a later page", async () => {
  const { github, repo, number, bodies } = await thread();
  const { client } = await connect(github);
  for (let index = 0; index < 205; index++) repo.comment(number, { body: `${index}`, actor: "alice" });
  await upsertComment(client, number, MARKER, "one");
  github.log.length = 0;
  expect(await upsertComment(client, number, MARKER, "two")).toMatchObject({ action: "updated" });
  expect(operations(github.log)).toEqual([
    "issues/list-comments",
    "issues/list-comments",
    "issues/list-comments",
    "issues/update-comment",
  ]);
  expect(bodies()).toHaveLength(206);
});

test("what was said already is not said again, whatever it says; of a long thread only what is new enough is read", async () => {
  const { github, repo, number, bodies } = await thread();
  const { client } = await connect(github);
  const known = repo.state.threads.get(number);
  const earlier = (hours: number): string =>
    new Date(Date.parse(known?.createdAt ?? "") - hours * 3_600_000).toISOString();
  const since = earlier(1);
  for (let index = 0; index < 205; index++) repo.comment(number, { body: `${index}`, actor: "alice" });
  for (const one of known?.comments ?? []) one.updatedAt = earlier(2);
  github.log.length = 0;
  await commentUnlessThere(client, number, MARKER, () => `${MARKER}\none`, since);
  await commentUnlessThere(client, number, MARKER, () => `${MARKER}\ntwo`, since);
  expect(bodies().slice(205)).toEqual([`${MARKER}\none`]);
  expect(operations(github.log).filter((name) => name === "issues/list-comments")).toHaveLength(2);
});

test("an answer that got lost leads to no second comment", async () => {
  const { github, number, bodies } = await thread();
  const { client } = await connect(github);
  github.fault({ route: "issues/create-comment" }, { afterWrite: { status: 502, body: { message: "Server Error" } } });
  expect(await upsertComment(client, number, MARKER, "one")).toMatchObject({ action: "created" });
  expect(bodies()).toEqual([`${MARKER}\none`]);
  github.fault({ route: "issues/create-comment" }, { reset: true });
  await expect(upsertComment(client, number, "<!-- b -->", "two")).rejects.toThrow("whether it was done is not known");
  expect(bodies()).toHaveLength(1);
});

test("a thread that is full, and a body beyond the budget", async () => {
  const { github, repo, number } = await thread();
  const { client } = await connect(github);
  await expect(upsertComment(client, number, MARKER, "ä".repeat(COMMENT_BYTES / 2))).rejects.toThrow(
    `${COMMENT_BYTES} is the most`,
  );
  expect(writes(github)).toEqual([]);
  for (let index = 0; index < 2_500; index++) repo.comment(number, { body: "x", actor: "alice" });
  const full: unknown = await upsertComment(client, number, MARKER, "one").catch((error: unknown) => error);
  expect(full).toMatchObject({ kind: "denied", remedy: expect.stringContaining("as many comments as GitHub allows") });
});

test("a thread is read once: what it wrote it knows, and writes again only what differs", async () => {
  const { github, repo, number, bodies } = await thread();
  const { client } = await connect(github, { actor: "github-actions[bot]" });
  repo.comment(number, { body: `${MARKER}\nforged`, actor: "alice" });
  for (let n = 0; n < 100; n++) repo.comment(number, { body: `talk ${n}`, actor: "alice" });
  repo.comment(number, { body: `${MARKER}\nold`, actor: "github-actions[bot]" });
  const own = await openThread(client, number);
  expect(own.all(MARKER).map(({ body }) => body)).toEqual([`${MARKER}\nold`]);
  github.log.length = 0;
  await own.write(MARKER, "new");
  await own.write(MARKER, "new");
  await own.add("<!-- a -->", "<!-- a -->\none");
  await own.add("<!-- a -->", "<!-- a -->\nanother");
  await own.add("<!-- a -->\ntwo", "<!-- a -->\ntwo");
  expect(operations(github.log)).toEqual(["issues/update-comment", "issues/create-comment", "issues/create-comment"]);
  expect(bodies().slice(-3)).toEqual([`${MARKER}\nnew`, "<!-- a -->\none", "<!-- a -->\ntwo"]);
});

test("a new comment whose answer was lost is found again, not made twice", async () => {
  const { github, number, bodies } = await thread();
  const { client } = await connect(github);
  const own = await openThread(client, number);
  github.fault({ route: "issues/create-comment" }, { afterWrite: "reset" });
  await own.add("<!-- a -->\none", "<!-- a -->\none");
  expect(own.all("<!-- a -->")).toHaveLength(1);
  expect(bodies()).toEqual(["<!-- a -->\none"]);
});
