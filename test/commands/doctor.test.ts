import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "../../src/cli.ts";
import { allowedChecks } from "../../src/commands/allowed.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { testIo } from "./io.ts";

assertCleanAfterEach();
const home = { root: join(import.meta.dirname, "../.."), data: join(import.meta.dirname, "../../generated") };
const folder = mkdtempSync(join(tmpdir(), "evenkeel-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "evenkeel.yaml"),
  'version: 1\naccounts: [{ id: "111111111111", name: a }]\nroles: { read: { name: r, external_id: x }, remediate: { name: w, external_id: y } }\npolicies: [{ pack: essentials, mode: report }]\n',
);

async function run(args: string[], env: Record<string, string> = {}) {
  const { github } = await start({ repositories: [{ private: false }] });
  const { io, out, err } = testIo(folder, { GITHUB_API_URL: github.url, GITHUB_TOKEN: "ghp_admin", ...env });
  const { exit } = await runCommand("doctor", home, args, io);
  return { exit, out: out(), err: err(), calls: github.log.length };
}

test("on a laptop: the repository as an argument, a person's token, what is wrong by name", async () => {
  const { exit, out } = await run(["acme/policies"]);
  expect(exit).toBe(1);
  expect(out).toContain("acme/policies, main: of 22 security checks");
  expect(out).toMatch(/wrong +repository-private +acme\/policies is public/);
  expect(out).toMatch(/ok +roles-distinct +r and w/);
  expect(out).toMatch(/ok +configuration/);
});

test("JSON, by the job's environment; allowed checks no longer count, and are named", async () => {
  const first = await run(["--format", "json"], { GITHUB_REPOSITORY: "acme/policies" });
  expect(first.exit).toBe(1);
  const report: { checks: { id: string; group: string; status: string }[] } = JSON.parse(first.out);
  const wrong = report.checks
    .filter(({ group, status }) => group === "security" && status === "wrong")
    .map(({ id }) => id);
  expect(wrong.length).toBeGreaterThan(10);
  const second = await run(["acme/policies", "--allow-unsafe", wrong.slice(1).join(",")]);
  expect(second.exit).toBe(1);
  const third = await run([
    "acme/policies",
    "--allow-unsafe",
    wrong.slice(1).join(","),
    "--allow-unsafe",
    wrong[0] ?? "",
  ]);
  expect(third.exit).toBe(0);
  expect(third.out).toContain("Allowed by name though unsafe");
});

test("a token that sees less leaves checks unmade: 3 once nothing known is wrong", async () => {
  const { github, repo } = await start();
  github.addToken("ghs_job", { login: "github-actions[bot]", permissions: { contents: "read", actions: "read" } });
  const { io, out } = testIo(folder, { GITHUB_API_URL: github.url, GITHUB_TOKEN: "ghs_job", GITHUB_ACTIONS: "true" });
  repo.commit("main", { "a.txt": "" });
  await runCommand("doctor", home, ["acme/policies", "--format", "json"], io);
  const report: { checks: { id: string; group: string; status: string }[] } = JSON.parse(out());
  const security = report.checks.filter(({ group }) => group === "security");
  const wrong = security.filter(({ status }) => status === "wrong").map(({ id }) => id);
  expect(security.filter(({ status }) => status === "unknown").map(({ id }) => id)).toEqual(["actions-approve"]);
  const again = testIo(folder, { GITHUB_API_URL: github.url, GITHUB_TOKEN: "ghs_job" });
  const { exit } = await runCommand("doctor", home, ["acme/policies", "--allow-unsafe", wrong.join(",")], again.io);
  expect(exit).toBe(3);
});

test("wrong use is refused before GitHub is asked", async () => {
  const misspelt = await run(["acme/policies", "--allow-unsafe", "repository-privat"]);
  expect([misspelt.exit, misspelt.calls]).toEqual([2, 0]);
  expect(misspelt.err).toContain("did you mean repository-private?");
  expect(() => allowedChecks(["node-version"])).toThrow("no security check");
  expect(allowedChecks(["code-owners"])).toEqual(["code-owners"]);
  expect(await run([])).toMatchObject({ exit: 2, err: expect.stringContaining("owner/name") });
  expect(await run(["acme/policies", "more/policies"])).toMatchObject({ exit: 2 });
  expect(await run(["acme/policies"], { GITHUB_TOKEN: "" })).toMatchObject({
    exit: 2,
    err: expect.stringContaining("token"),
  });
});
