import { expect, test } from "vitest";
import { readBlob, readTree } from "../../src/github/objects.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, operations } from "./client-under-test.ts";

assertCleanAfterEach();
const WHOLE = { whole: true };
const paths = ({ tree }: Awaited<ReturnType<typeof readTree>>) => tree.map(({ path }) => path);

test("what a SHA names is asked for once in a run; what a branch holds, each time", async () => {
  const { github, repo } = await start();
  repo.commit("main", { "a/b.txt": "x" });
  const { client } = await connect(github);
  github.log.length = 0;
  const head = repo.head("main");
  expect(paths(await readTree(client, head, WHOLE))).toContain("a/b.txt");
  expect(paths(await readTree(client, head, { whole: false }))).not.toContain("a/b.txt");
  await Promise.all([readTree(client, head, WHOLE), readTree(client, head, WHOLE)]);
  expect(github.log).toHaveLength(2);
  expect(paths(await readTree(client, "refs/heads/main", WHOLE))).toContain("a/b.txt");
  repo.commit("main", { "c.txt": "y" });
  expect(paths(await readTree(client, "refs/heads/main", WHOLE))).toContain("c.txt");
  expect(paths(await readTree(client, head, WHOLE))).not.toContain("c.txt");
  expect(github.log).toHaveLength(4);
  const { tree } = await readTree(client, repo.head("main"), WHOLE);
  const blob = tree.find(({ path }) => path === "c.txt")?.sha ?? "";
  expect([await readBlob(client, blob), await readBlob(client, blob)]).toEqual(["y", "y"]);
  expect(operations(github.log).slice(4)).toEqual(["git/get-tree", "git/get-blob"]);
  // Another run knows nothing of it.
  await readBlob((await connect(github)).client, blob);
  expect(github.log).toHaveLength(7);
});

test("what failed is asked for again", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const refusal = { status: 403, body: { message: "no", documentation_url: "", status: "403" } };
  const fault = github.fault({ route: "git/get-tree" }, refusal);
  await expect(readTree(client, repo.head("main"), WHOLE)).rejects.toThrow();
  expect(fault.hits).toBe(1);
  expect(paths(await readTree(client, repo.head("main"), WHOLE)).length).toBeGreaterThan(0);
});

test("a tag of a branch's name does not stand for it", async () => {
  const { github, repo } = await start();
  repo.commit("main", { "true.txt": "x" });
  repo.commit("other", { "false.txt": "x" });
  repo.state.refs.set("refs/tags/main", repo.head("other"));
  const { client } = await connect(github);
  expect(paths(await readTree(client, "main", WHOLE))).toContain("false.txt");
  expect(paths(await readTree(client, "refs/heads/main", WHOLE))).toContain("true.txt");
});
