/** A repository as docs/set-up-a-repository.md asks for it: what `doctor` finds nothing wrong in. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RepoStory } from "./story.ts";

const FOLDER = ".github/workflows";
const ROOT = join(import.meta.dirname, "../../..");
/** Stands for the commit of a release, which users put in where the files to copy have zeros. */
export const RELEASE = "d23441a48e516b6c34aea4fa41551a30e30af803";
/** The check that the default branch requires. */
export const REQUIRED = "evenkeel/preview";

export const OWNERS = ["policies/", "remediations/", "resources/", "exceptions/", "plans/", ".github/", "evenkeel.yaml"]
  .map((path) => `/${path} @acme/cloud-security\n`)
  .join("");

/** CODEOWNERS, and the workflows that users copy. */
export const PROTECTED_FILES: Readonly<Record<string, string>> = {
  ".github/CODEOWNERS": OWNERS,
  ...Object.fromEntries(
    readdirSync(join(ROOT, FOLDER))
      .filter((name) => name.startsWith("evenkeel-"))
      .map((name) => {
        const text = readFileSync(join(ROOT, FOLDER, name), "utf8");
        return [`${FOLDER}/${name}`, text.replaceAll(`@${"0".repeat(40)}`, `@${RELEASE}`)];
      }),
  ),
};

/** What a job's own token holds by the workflows' `permissions`, all of them together. */
export const JOB_RIGHTS = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  checks: "write",
  actions: "read",
} as const;

/** Ruleset and environment; the files have to stand on the default branch. */
export function protectRepository(repo: RepoStory): void {
  repo.ruleset({
    name: "main",
    rules: [
      {
        type: "pull_request",
        parameters: {
          required_approving_review_count: 1,
          dismiss_stale_reviews_on_push: true,
          require_code_owner_review: true,
          require_last_push_approval: true,
          required_review_thread_resolution: false,
        },
      },
      {
        type: "required_status_checks",
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: REQUIRED }],
        },
      },
      { type: "non_fast_forward" },
      { type: "deletion" },
    ],
  });
  repo.environment("remediate", { branches: ["main"], canAdminsBypass: false });
}

/** Does something that the rules forbid, as an administrator can who turns them off for a minute and on again. */
export function unguarded<T>(repo: RepoStory, work: () => T): T {
  const rules = repo.state.rulesets.splice(0);
  try {
    return work();
  } finally {
    repo.state.rulesets.push(...rules);
  }
}

/** Merges as the rules ask for: the required check passes, and `approver` (who merges, unless told) approves the last commit. */
export function land(
  repo: RepoStory,
  number: number,
  { approver, ...options }: NonNullable<Parameters<RepoStory["merge"]>[1]> & { readonly approver?: string },
): void {
  repo.pass(repo.pull(number).head.ref, REQUIRED);
  repo.review(number, { actor: approver ?? options.actor ?? "alice", state: "APPROVED" });
  repo.merge(number, options);
}
