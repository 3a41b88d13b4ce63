import { expect, test } from "vitest";
import { takeOutSnoozed } from "../../src/github/decline.ts";
import { GitHubError } from "../../src/github/errors.ts";
import { branchTip } from "../../src/github/git.ts";
import { publishReport } from "../../src/github/report.ts";
import { canonical, toJson } from "../../src/json.ts";
import { planDigest, readPlan } from "../../src/plan/file.ts";
import type { Plan, PlanHeader } from "../../src/types/plan.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, operations, PATH, planOf, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();

test("a new plan becomes one commit and one pull request; the same plan again nothing", async () => {
  const { github, repo } = await start();
  const report = reportOf([item(1), item(2)]);
  const first = await connect(github);
  const made = await during(github, () => publishReport(first.client, report));
  expect(made.result).toMatchObject({ action: "created", pushed: true, declined: [], pullRequest: { number: 1 } });
  expect(operations(writes(github))).toEqual([
    "git/create-tree",
    "git/create-commit",
    "git/create-ref",
    "checks/create",
    "pulls/create",
  ]);
  expect(first.client.calls).toBe(made.calls.length);
  expect(made.calls.length).toBeLessThanOrEqual(10);
  expect(repo.file(BRANCH, PATH)).toBe(report.plan);
  expect(repo.file(BRANCH, "README.md")).toBe("# Policies\n");
  expect(made.result.head).toBe(repo.head(BRANCH));
  const [commit] = repo.history(BRANCH);
  expect(commit?.signature).toBeDefined();
  expect(commit?.message).toContain(`Evenkeel-Plan: ${report.digest}`);

  // A later scan: other expiry, same items.
  const later = reportOf([item(1), item(2)], { expires: "2026-03-10T00:00:00Z" });
  const second = await connect(github);
  const again = await during(github, () => publishReport(second.client, later));
  expect(again.result).toMatchObject({ action: "unchanged", pushed: false, pullRequest: { number: 1 } });
  expect(writes({ ...github, log: again.calls })).toEqual([]);
  expect(again.calls.length).toBeLessThanOrEqual(8);
  expect(repo.file(BRANCH, PATH)).toBe(report.plan);
});

test("a plan signed anew is no change; one that stands and would not be accepted is pushed anew", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const key = "arn:aws:kms:eu-west-1:999999999999:key/5f0c3a52";
  const signedBy = (value: string) => {
    const [header = "", ...lines] = reportOf([item(1)]).plan.split("\n");
    const signature = { key, algorithm: "ECDSA_SHA_256", value };
    return [canonical(toJson({ ...JSON.parse(header), signature })), ...lines].join("\n");
  };
  const accepts = ({ header }: Plan) => header.signature?.value !== "AAAA";
  await publishReport(client, reportOf([item(1)], { plan: signedBy("AAAA") }));
  const better = await publishReport(client, reportOf([item(1)], { plan: signedBy("BBBB"), accepts }));
  expect(better).toMatchObject({ action: "updated", pushed: true });
  const head = repo.head(BRANCH);
  const again = await publishReport(client, reportOf([item(1)], { plan: signedBy("CCCC"), accepts }));
  expect(again).toMatchObject({ action: "unchanged", pushed: false });
  expect(repo.head(BRANCH)).toBe(head);
});

test("text that differs is updated without a push; line ends that the browser changed are no difference", async () => {
  const { github, repo, bot } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1)], { body: "one\ntwo\n" });
  await publishReport(client, report);
  await bot.pulls.update({ owner: "acme", repo: "policies", pull_number: 1, body: "one\r\ntwo" });
  expect(await publishReport(client, report)).toMatchObject({ action: "unchanged" });
  repo.setBranch("release", "main");
  await bot.pulls.update({ owner: "acme", repo: "policies", pull_number: 1, title: "mine", base: "release" });
  const seen = await during(github, () => publishReport(client, { ...report, body: "three" }));
  expect(seen.result).toMatchObject({ action: "updated", pushed: false });
  expect(seen.calls.filter(({ method }) => method !== "GET").map(({ body }) => body)).toEqual([
    { title: report.title, body: "three", base: "main" },
  ]);
  expect(repo.pull(1)).toMatchObject({ title: report.title, body: "three", base: { ref: "main" } });
});

test("another plan is one more commit without force; when the base moved, the branch is made anew on it", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  const before = repo.head(BRANCH);
  const next = await publishReport(client, reportOf([item(1), item(2)]));
  expect(next).toMatchObject({ action: "updated", pushed: true });
  expect(repo.history(BRANCH)[0]?.parents).toEqual([before]);
  repo.commit("main", { "policies/s3.yaml": "z\n" });
  // The base alone is no reason to push, and to dismiss approvals.
  expect(await publishReport(client, reportOf([item(1), item(2)]))).toMatchObject({
    action: "unchanged",
    pushed: false,
  });
  const last = reportOf([item(2)]);
  await publishReport(client, last);
  expect(repo.history(BRANCH)[0]?.parents).toEqual([repo.head("main")]);
  expect(repo.file(BRANCH, "policies/s3.yaml")).toBe("z\n");
  expect(repo.file(BRANCH, PATH)).toBe(last.plan);
  expect(github.calls("git/update-ref").map(({ body }) => body)).toMatchObject([{ force: false }, { force: true }]);
  expect(repo.pulls("all")).toHaveLength(1);
});

test("a base that changed the plan file would conflict: the same plan is pushed anew", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  repo.commit("main", { [PATH]: reportOf([item(8)]).plan });
  await publishReport(client, reportOf([item(1)]));
  repo.commit("main", { [PATH]: reportOf([item(9)]).plan });
  expect(repo.pull(1).mergeable).toBe(false);
  expect(await publishReport(client, reportOf([item(1)]))).toMatchObject({ action: "updated", pushed: true });
  expect(repo.pull(1).mergeable).toBe(true);
});

test("a plan that expired on its branch is renewed", async () => {
  const { github, repo } = await start();
  const { client, clock } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  await clock.sleep(8 * 86_400_000);
  const renewed = reportOf([item(1)], { expires: "2026-03-17T00:00:00Z" });
  expect(await publishReport(client, renewed)).toMatchObject({ action: "updated", pushed: true });
  expect(repo.file(BRANCH, PATH)).toBe(renewed.plan);
});

test("what is merged and waits to be applied is not proposed again, until it expires or was used up", async () => {
  const { github, repo } = await start();
  const { client, clock } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  repo.merge(1, { method: "squash", actor: "alice" });
  const waiting = await publishReport(client, reportOf([item(1)], { expires: "2026-03-10T00:00:00Z" }));
  expect(waiting).toMatchObject({ action: "nothing", pushed: false, declined: [] });
  // The merged branch is ours to tidy up.
  expect(() => repo.head(BRANCH)).toThrow();
  const again = reportOf([item(1)], { expires: "2026-03-10T00:00:00Z", usedUp: () => true });
  expect(await publishReport(client, again)).toMatchObject({ action: "created", pullRequest: { number: 2 } });
  repo.merge(2, { method: "merge", actor: "alice" });
  await clock.sleep(10 * 86_400_000);
  const late = reportOf([item(1)], { expires: "2026-03-20T00:00:00Z" });
  expect(await publishReport(client, late)).toMatchObject({
    action: "created",
    pushed: true,
    pullRequest: { number: 3 },
  });
  expect(github.calls("git/update-ref").map(({ body }) => body)).toMatchObject([{ force: false }]);
});

test("what was used up and is proposed once more on the same day is another file, so that it can be approved", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = { ...reportOf([item(1)]), usedUp: () => true };
  const standing: (string | undefined)[] = [];
  for (const number of [1, 2, 3]) {
    const before = repo.pulls("all").length;
    expect(await publishReport(client, report)).toMatchObject({ action: "created", pullRequest: { number } });
    expect(await publishReport(client, report)).toMatchObject({ action: "unchanged", pushed: false });
    expect(repo.pulls("all")).toHaveLength(before + 1);
    repo.merge(number, { method: "squash", actor: "alice" });
    const text = repo.file("main", PATH) ?? "";
    expect(text).not.toBe(standing.at(-1));
    const { header, items } = readPlan(PATH, text);
    expect([planDigest(header).startsWith(report.digest), items]).toEqual([true, [item(1)]]);
    standing.push(text);
  }
});

test("an empty plan opens nothing; an open pull request is closed in words and the branch goes", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  expect(await publishReport(client, reportOf([]))).toEqual({ action: "nothing", pushed: false, declined: [] });
  expect(writes(github)).toEqual([]);
  await publishReport(client, reportOf([item(1)]));
  expect(await publishReport(client, reportOf([]))).toMatchObject({ action: "closed", pullRequest: { number: 1 } });
  expect(repo.pull(1)).toMatchObject({ state: "closed", merged: false });
  expect(repo.comments(1).map(({ body }) => body)).toEqual([expect.stringContaining("Nothing is left to propose")]);
  expect(() => repo.head(BRANCH)).toThrow();
  expect(await publishReport(client, reportOf([]))).toMatchObject({ action: "nothing" });
  // And a new finding starts over.
  expect(await publishReport(client, reportOf([item(2)]))).toMatchObject({
    action: "created",
    pullRequest: { number: 2 },
  });
});

test("a closed pull request is followed by a new one, without a push where the plan is the same", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  repo.close(1, "alice");
  const same = await publishReport(client, reportOf([item(1)]));
  expect(same).toMatchObject({ action: "created", pushed: false, pullRequest: { number: 2 } });
  // Work that went with a closed pull request is kept by it, and freezes nothing.
  repo.commit(BRANCH, { "notes.md": "mine\n" }, { author: "alice" });
  repo.close(2, "alice");
  const next = await publishReport(client, reportOf([item(2)]));
  expect(next).toMatchObject({ action: "created", pushed: true, pullRequest: { number: 3 } });
  expect(repo.file(BRANCH, "notes.md")).toBeUndefined();
  expect(repo.history(BRANCH)[0]?.parents).toEqual([repo.head("main")]);
});

test("a protected branch, a missing permission and the setting are named", async () => {
  const { github, repo } = await start({ repositories: [{ actionsMayCreatePulls: false }] });
  const refusal = async (token: string): Promise<GitHubError> => {
    const { client } = await connect(github, { token });
    const error: unknown = await publishReport(client, reportOf([item(1)])).catch((reason: unknown) => reason);
    if (!(error instanceof GitHubError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  };
  const reader = await refusal("ghs_reader");
  expect(reader).toMatchObject({ kind: "denied", status: 403, operation: "POST /git/trees", maybeDone: false });
  expect(reader.remedy).toContain("`contents: write`");
  expect(reader.requestId).toMatch(/^STANDIN:\d+$/);
  expect((await refusal("ghs_actions")).remedy).toContain("Allow GitHub Actions to create and approve pull requests");
  repo.ruleset({ include: ["refs/heads/evenkeel/**"], rules: [{ type: "non_fast_forward" }] });
  const app = await connect(github, { token: "ghs_app", actor: "evenkeel[bot]" });
  // The branch is the other app's: not ours to write to.
  expect((await publishReport(app.client, reportOf([item(1)]))).frozen).toContain("github-actions[bot]");
  const own = { ...reportOf([item(1)]), branch: "evenkeel/report/own" };
  await publishReport(app.client, own);
  repo.commit("main", { "policies/s3.yaml": "z\n" });
  const forced = await publishReport(app.client, { ...reportOf([item(2)]), branch: own.branch }).catch(
    (e: unknown) => e,
  );
  expect(forced).toMatchObject({
    kind: "denied",
    status: 422,
    remedy: expect.stringContaining("ruleset or branch protection"),
  });
});

test("a plan, a digest, a base that are wrong are refused before anything is written", async () => {
  const { github } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1)]);
  await expect(publishReport(client, { ...report, digest: "000000000000" })).rejects.toThrow("digest");
  await expect(publishReport(client, { ...report, plan: report.plan.replace("bucket-1", "b") })).rejects.toThrow(
    "edited",
  );
  await expect(publishReport(client, { ...report, base: "nowhere" })).rejects.toThrow("no branch nowhere");
  await expect(publishReport(client, { ...report, branch: "main" })).rejects.toThrow("merged into");
  const elsewhere = await connect(github, { repository: "acme/gone" });
  await expect(publishReport(elsewhere.client, report)).rejects.toThrow("did not find");
  expect(writes(github)).toEqual([]);
});

test("what stands goes on telling of itself: a later day and another digest of the same offer write nothing", async () => {
  const { github } = await start();
  const { client } = await connect(github);
  const both = reportOf([item(1), item(2)]);
  // As `report` writes it: the digest in the title, the expiry in the body.
  const texts = (more: { readonly expires?: string } = {}) => ({
    ...more,
    body: `expires ${more.expires ?? "2026-03-09T00:00:00Z"}\n`,
    stands: ({ expires, items }: PlanHeader) => ({
      title: `Fix ${items.length} [${planDigest({ ...planOf([]).header, items }).slice(0, 12)}]`,
      body: `expires ${expires}\n`,
    }),
  });
  const first = reportOf([item(1), item(2)], { ...texts(), title: `Fix 2 [${both.digest}]` });
  await publishReport(client, first);
  const next = reportOf([item(1), item(2)], texts({ expires: "2026-03-10T00:00:00Z" }));
  const later = await during(github, () => publishReport(client, next));
  expect(later.result).toMatchObject({ action: "unchanged", stands: { expires: "2026-03-09T00:00:00Z" } });
  expect(writes({ ...github, log: later.calls })).toEqual([]);
  // A comment put one off: its line is out, and the file's header is what it was.
  await takeOutSnoozed(client, { base: "main", branch: BRANCH, path: PATH }, [item(2).id]);
  const without = reportOf([item(1)], texts({ expires: "2026-03-11T00:00:00Z" }));
  const snoozed = await during(github, () => publishReport(client, without));
  expect(snoozed.result).toMatchObject({ action: "unchanged", pushed: false });
  expect(writes({ ...github, log: snoozed.calls })).toEqual([]);
});

test("a report that waits for room tells all the same of what was merged before", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const approved = reportOf([item(1)]);
  repo.commit("main", { [PATH]: approved.plan }, { author: "carol" });
  const asked = reportOf([item(1), item(2)], { wait: "5 are open already" });
  const merged = { header: { items: planOf([item(1)]).header.items } };
  expect(await publishReport(client, asked)).toMatchObject({ action: "waiting", merged });
  const sha = repo.head("main");
  const known = { base: await branchTip(client, "main"), open: undefined };
  expect(known.base.sha).toBe(sha);
  expect(await publishReport(client, { ...asked, known })).toMatchObject({ action: "waiting", merged });
});
