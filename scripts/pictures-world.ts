import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCOUNTS, CONFIG, HUB, REGIONS } from "../demo/config.ts";
import { awsEnv, rootCredentials } from "../test/support/accounts.ts";
import { JOB_RIGHTS, land, PROTECTED_FILES, protectRepository } from "../test/support/github/protected.ts";
import { type GitHubStandIn, startGitHub } from "../test/support/github/server.ts";
import { startMoto } from "../test/support/moto.ts";
import { runAction } from "../test/support/runner.ts";
import { clientsOf } from "../test/support/world/clients.ts";
import { makeBucket } from "../test/support/world/s3.ts";
import { seedWorld } from "../test/support/world/world.ts";
import type { Shown } from "./pictures-page.ts";

/** What the policies' owner would change: a policy of their own, versions in production too, and one policy leaves an account. */
const CHANGED = CONFIG.replace(
  / {2}- use: s3_bucket_versioning\n(?: {4}.*\n)+/,
  "  - use: s3_bucket_owner_tag\n",
).replace("where: { stage: [dev, test] }", "where: { stage: dev }");
const OWNER_TAG = `id: s3_bucket_owner_tag
title: S3 buckets say who owns them
severity: low
resource: s3.bucket
check: '"owner" in resource.Tags'
`;

type Actor = Parameters<typeof runAction>[0];

/**
 * The demo's company, its report reviewed and applied by the bundle as it is built from the sources: gives what stands on GitHub then. Account
 * numbers and names are the demo's.
 */
export async function pictured(): Promise<ReadonlyMap<string, Shown>> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-pictures-"));
  const moto = await startMoto();
  const github = await startGitHub({
    tokens: { ghs_actions: { login: "evenkeel[bot]", permissions: { ...JOB_RIGHTS, administration: "read" } } },
  });
  try {
    await seedWorld(moto, { accounts: Object.values(ACCOUNTS), regions: REGIONS, caller: HUB, old: false });
    for (const account of Object.values(ACCOUNTS)) {
      const clients = await clientsOf(moto, account);
      await makeBucket(clients, `flow-logs-${account}`, {});
      clients.destroy();
    }
    writeFileSync(join(folder, "evenkeel.yaml"), CONFIG);
    const env = awsEnv(moto.url, await rootCredentials(moto, HUB), REGIONS[0]);
    github.repo.seed({ ...PROTECTED_FILES, "evenkeel.yaml": CONFIG, "README.md": "# Policies\n" });
    protectRepository(github.repo);
    // Reports are an App's, so that workflows need not be able to approve.
    github.repo.state.workflowPermissions.canApprove = false;
    return await story(github, (inputs, more) => ({
      inputs: { actor: "evenkeel[bot]", ...inputs },
      ...{ cwd: folder, apiUrl: github.url, sha: github.repo.head("main"), env, ...more },
    }));
  } finally {
    await moto.stop();
    await github.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function story(
  { repo }: GitHubStandIn,
  job: (inputs: Readonly<Record<string, string>>, more?: Partial<Actor>) => Actor,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const run = async (inputs: Readonly<Record<string, string>>, more?: Partial<Actor>): Promise<void> => {
    const { exit, stderr } = await runAction(job(inputs, more));
    if (exit !== 0 && exit !== 3) throw new Error(`${inputs["command"]} ended with ${exit}: ${stderr}`);
  };
  await run({ command: "report", dashboard: "true" });
  const { title, body, number } = repo.pull(1);
  const thread = { title, number, kind: "pull request" } as const;
  shown.set("report", { body: body ?? "", thread });
  const changes = (body ?? "").slice((body ?? "").indexOf("### Changes"));
  shown.set("change", {
    body: changes.slice(0, changes.indexOf("</details>") + "</details>".length),
    opened: [0],
    part: true,
  });
  const dashboard = repo.issue(repo.pulls("all").length + 1);
  shown.set("dashboard", {
    body: dashboard.body ?? "",
    thread: { title: dashboard.title, number: dashboard.number, kind: "issue" },
  });

  const base = repo.head("main");
  const files = { "evenkeel.yaml": CHANGED, "policies/s3/bucket-owner-tag.yaml": OWNER_TAG };
  const sha = repo.commit("owners", files, { author: "alice" });
  const change = repo.open({ head: "owners", title: "Buckets say who owns them", actor: "alice" });
  const pull_request = {
    ...{ number: change, draft: false, base: { ref: "main", sha: base } },
    head: { ref: "owners", sha, repo: { full_name: "acme/policies" } },
  };
  const ref = `refs/pull/${change}/merge`;
  await run({ command: "preview" }, { event: "pull_request", sha, ref, payload: { number: change, pull_request } });
  shown.set("preview", { body: repo.comments(change)[0]?.body ?? "" });

  land(repo, number, { actor: "alice", method: "squash" });
  await run({ command: "apply" }, { event: "push" });
  shown.set("result", { body: repo.comments(number)[0]?.body ?? "" });
  return shown;
}
