import { expect, test } from "vitest";
import { entriesIn } from "../../src/catalogue/exceptions-edit.ts";
import { tellEnded } from "../../src/github/ended.ts";
import { exceptionKey } from "../../src/plan/renewals.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, during, operations } from "./client-under-test.ts";

assertCleanAfterEach();

const FILE = "exceptions/a.yaml";
const line = (resource: string, expires = "2026-02-20"): string =>
  `- { policy: x_thing_blocked, match: { resource: ${resource} }, reason: moves in spring, owner: a, expires: ${expires} }\n`;

const [LIST, PULLS] = ["repos/list-commits", "repos/list-pull-requests-associated-with-commit"];
const FIND = [LIST, PULLS];
const SAY = ["issues/list-comments", "issues/create-comment"];

async function scene() {
  const { github, repo } = await start();
  /** A pull request that makes the file this text, merged. */
  const bring = (text: string, method: "squash" | "merge" | "rebase" = "squash"): number => {
    const branch = `work-${repo.pulls("all").length}`;
    repo.commit(branch, { [FILE]: text }, { author: "alice" });
    const number = repo.open({ head: branch, actor: "alice" });
    repo.merge(number, { method, actor: "bob" });
    return number;
  };
  const tell = async (resource: string, expires?: string, seen = repo.head("main")) => {
    const { client } = await connect(github);
    const [entry] = entriesIn(FILE, line(resource, expires)) ?? [];
    if (entry === undefined) throw new Error("no entry");
    const ended = { key: exceptionKey(FILE, entry), path: FILE, comment: `${resource} has ended`, seen };
    const { result, calls } = await during(github, () => tellEnded(client, ended));
    return { result, calls: operations(calls) };
  };
  const said = (number: number) => repo.comments(number).map(({ body }) => body ?? "");
  return { github, repo, bring, tell, said };
}

test.each(["squash", "merge", "rebase"] as const)("told once, where it came from (%s)", async (method) => {
  const { bring, tell, said } = await scene();
  const number = bring(line("press"), method);
  // Here, not on GitHub, the history of a file names the merge beside the commit that was merged, which costs a look.
  const find = method === "merge" ? [LIST, "repos/get-content", PULLS] : FIND;
  expect(await tell("press")).toEqual({ result: number, calls: [...find, ...SAY] });
  expect(said(number)).toEqual([
    expect.stringMatching(/^<!-- evenkeel:ended v1 of=[0-9a-f]{16} -->\npress has ended$/),
  ]);
  expect(await tell("press")).toEqual({ result: number, calls: [...find, "issues/list-comments"] });
  expect(said(number)).toHaveLength(1);
});

test("the pull request of this entry, not of its neighbours in the file", async () => {
  const { bring, tell, said } = await scene();
  const first = bring(line("one"));
  const second = bring(line("one") + line("two"));
  const third = bring(line("one") + line("two", "2026-02-25"));
  expect((await tell("one")).result).toBe(first);
  expect((await tell("two", "2026-02-25")).result).toBe(third);
  expect((await tell("two")).result).toBe(second);
  expect([first, second, third].map((number) => said(number).length)).toEqual([1, 1, 1]);
});

test("what was edited on the default branch since the checkout makes no difference", async () => {
  const { repo, bring, tell } = await scene();
  bring("[]\n");
  const first = bring(line("one"));
  const seen = repo.head("main");
  bring(line("other"));
  bring(line("another"));
  expect((await tell("one", undefined, seen)).result).toBe(first);
});

test("a renewal is what brought the last day", async () => {
  const { bring, tell } = await scene();
  bring(line("one", "2025-12-01"));
  const renewed = bring(line("one"));
  expect(await tell("one")).toEqual({ result: renewed, calls: [LIST, "repos/get-content", PULLS, ...SAY] });
});

test("where no pull request is found nothing is said", async () => {
  const { repo, bring, tell } = await scene();
  repo.commit("main", { [FILE]: line("pushed") });
  expect(await tell("pushed")).toEqual({ result: undefined, calls: FIND });
  // Behind too many edits of its neighbours it is not looked for.
  for (const day of ["01", "02", "03", "04"]) bring(line("pushed") + line("other", `2026-05-${day}`));
  expect(await tell("pushed")).toEqual({ result: undefined, calls: [LIST, ...Array(3).fill("repos/get-content")] });
});

test("an answer that is lost: run again, it is said once", async () => {
  const { github, bring, tell, said } = await scene();
  const number = bring(line("press"));
  github.fault({ route: "issues/create-comment" }, { afterWrite: "reset" });
  await tell("press").catch(() => undefined);
  expect((await tell("press")).result).toBe(number);
  expect(said(number)).toHaveLength(1);
});
