/**
 * What is fixed twice in a week and fails again: left to the report, with who undid it. By the bundled Action; moto has no LookupEvents, so AWS is the
 * stand-in made from the SDK's models.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WireError } from "../support/aws-wire/server.ts";
import { bundle } from "../support/bundle.ts";
import { JOB_RIGHTS, land, PROTECTED_FILES, protectRepository } from "../support/github/protected.ts";
import { type GitHubStandIn, startGitHub } from "../support/github/server.ts";
import { type ActionEnded, runAction } from "../support/runner.ts";
import { HOSTILE } from "../text/hostile.ts";
import { configOf } from "./company.ts";
import { ACCOUNT, startWireWorld, type WireWorld } from "./wire-world.ts";

const POLICY = { use: "logs_group_retention", mode: "automatic", where: { stage: "dev" } };
const CONFIG = configOf([ACCOUNT], [POLICY], { accounts: [{ id: ACCOUNT, name: "dev", labels: { stage: "dev" } }] });
const NASTY = HOSTILE.filter((text) => text.isWellFormed()).join(" ");
const MALLORY = `arn:aws:sts::${ACCOUNT}:assumed-role/admin/mallory`;

let world: WireWorld;
let folder: string;
let github: GitHubStandIn;
beforeAll(async () => {
  await bundle();
  folder = mkdtempSync(join(tmpdir(), "evenkeel-flapping-"));
  writeFileSync(join(folder, "evenkeel.yaml"), CONFIG);
  world = await startWireWorld(["orders", "other"], "no");
  world.days.set("other", 400);
  github = await startGitHub({ tokens: { ghs_actions: { login: "github-actions[bot]", permissions: JOB_RIGHTS } } });
  github.repo.seed({ ...PROTECTED_FILES, "evenkeel.yaml": CONFIG });
  protectRepository(github.repo);
}, 180_000);
afterAll(async () => {
  await world.stop();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
  expect([...github.problems, ...github.unknownRoutes, ...world.wire.problems]).toEqual([]);
});

let attempt = 0;
function run(inputs: Readonly<Record<string, string>>, event = "schedule"): Promise<ActionEnded> {
  attempt += 1;
  const sha = github.repo.head("main");
  return runAction({ inputs, cwd: folder, apiUrl: github.url, sha, event, attempt, env: world.aws });
}

function lookups(): number {
  return world.wire.calls.filter(({ operation }) => operation === "LookupEvents").length;
}

function event(EventName: string, arn: string, minutesAgo: number) {
  const EventTime = new Date(Date.now() - minutesAgo * 60_000);
  return { EventName, EventTime, ReadOnly: "false", CloudTrailEvent: JSON.stringify({ userIdentity: { arn } }) };
}

test("fixed twice and failing again (stand-in for CloudTrail): named in report, dashboard and the automatic run's log; denied, it says so and blocks nothing", async () => {
  const { repo } = github;
  for (const round of [1, 2]) {
    world.days.set("orders", 30);
    await run({ command: "report" });
    const [pull] = repo.pulls("open");
    land(repo, pull?.number ?? 0, { actor: "alice", method: "squash" });
    expect((await run({ command: "apply" }, "push")).outputs, `round ${round}`).toMatchObject({ applied: "1" });
  }
  // Neither fails again by now, so nobody is asked about.
  expect((await run({ command: "report" })).outputs).toMatchObject({ failing: "0" });
  expect(lookups()).toBe(0);

  world.days.set("orders", 30);
  const { sessionName = "" } =
    world.wire.sts.attempts.find(({ roleArn }) => roleArn.endsWith("/evenkeel-remediate")) ?? {};
  const ours = `arn:aws:sts::${ACCOUNT}:assumed-role/evenkeel-remediate/${sessionName}`;
  world.wire.on("cloudtrail", "LookupEvents", () => ({
    Events: [event("PutRetentionPolicy", ours, 0), event(`PutRetentionPolicy ${NASTY}`, MALLORY, 1)],
  }));
  const report = await run({ command: "report", dashboard: "true" });
  expect(report, report.text).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "1" } });
  const named =
    /fixed twice in 7 days; last changed by `arn:aws:sts::222222222222:assumed-role\/admin\/mallory` with `+ ?PutRetentionPolicy/;
  const [open] = repo.pulls("open");
  expect(open?.body).toContain("### Left to this report, although the policy is automatic");
  expect(open?.body).toMatch(named);
  const dashboard = [...repo.state.threads.values()].find(({ title }) => title === "Evenkeel dashboard")?.body ?? "";
  expect(dashboard).toMatch(named);
  expect(dashboard).toContain("### By standing approval, last 7 days");

  const puts = () => world.wire.calls.filter(({ operation }) => operation === "PutRetentionPolicy").length;
  const before = puts();
  const automatic = await run({ command: "apply", automatic: "true" });
  expect(automatic.exit, automatic.text).toBe(0);
  expect(automatic.text).toContain("it was fixed twice within a week and fails again");
  expect(automatic.text).toContain(`last changed by ${MALLORY} with PutRetentionPolicy`);
  expect(puts()).toBe(before);
  const asked = world.wire.calls.filter(({ operation }) => operation === "LookupEvents");
  expect(asked.map(({ account, region }) => `${account} ${region}`)).toEqual(Array(2).fill(`${ACCOUNT} us-east-1`));

  world.wire.on("cloudtrail", "LookupEvents", () => {
    throw new WireError("AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents", 400);
  });
  const denied = await run({ command: "report" });
  expect(denied).toMatchObject({ exit: 0, outputs: { planned: "1" } });
  expect(repo.pulls("open")[0]?.body).toMatch(/who undid it could not be found out: `.*not authorized to perform/);
}, 120_000);
