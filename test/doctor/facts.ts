import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorFacts, Known, Protector, RepositoryFacts } from "../../src/doctor/facts.ts";

/** A repository in which everything is as it should be, for tests to break one thing of. */

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unread = (needs: string): Known<never> => ({ known: false, because: "denied", needs });

export const PROTECTOR: Protector = {
  name: 'ruleset "main"',
  pullRequest: { approvals: 1, codeOwners: true, dismissStale: true, lastPush: true },
  noForcePush: true,
  noDeletion: true,
  checks: [{ name: "preview", pinned: true }],
  bypass: known([]),
};

const SHA = "d23441a48e516b6c34aea4fa41551a30e30af803";
const folder = join(import.meta.dirname, "../../.github/workflows");

/** The workflows that users copy, with a release's commit put in as they are told to. */
export const WORKFLOWS = ["apply", "preview", "report"].map((name) => ({
  path: `.github/workflows/evenkeel-${name}.yml`,
  text: readFileSync(join(folder, `evenkeel-${name}.yml`), "utf8").replaceAll(
    "@0000000000000000000000000000000000000000",
    `@${SHA}`,
  ),
}));

export const OWNERS =
  "# who answers for what\n* @acme/all\n/policies/ @acme/sec\n/exceptions/ @acme/sec\n/plans/ @acme/sec @bob # both\n/.github/ @acme/sec\n/evenkeel.yaml @acme/sec\n";

export const SETTINGS: RepositoryFacts = {
  repository: "acme/policies",
  private: true,
  branch: { branch: "main", protectors: [PROTECTOR], unread: [] },
  journal: { branch: "evenkeel/journal", protectors: [PROTECTOR], unread: [] },
  codeOwners: known({ path: ".github/CODEOWNERS", text: OWNERS }),
  actions: known({ canApprove: false, defaultWrite: false }),
  environment: known({
    name: "remediate",
    adminsBypass: false,
    branches: known([{ name: "main", kind: "branch" as const }]),
  }),
  workflows: known({ files: WORKFLOWS, total: WORKFLOWS.length }),
};

export const FACTS: DoctorFacts = {
  settings: SETTINGS,
  environment: "remediate",
  folder: "",
  configFile: "evenkeel.yaml",
  planPath: "plans",
  roles: {
    read: { name: "evenkeel-read", external_id: "a" },
    remediate: { name: "evenkeel-remediate", external_id: "b" },
  },
  bucket: undefined,
  problems: 0,
  token: "app",
  node: "24.1.0",
};

export const settings = (change: Partial<RepositoryFacts>): DoctorFacts => ({
  ...FACTS,
  settings: { ...SETTINGS, ...change },
});
export const protectedBy = (...protectors: Protector[]): DoctorFacts =>
  settings({ branch: { branch: "main", protectors, unread: [] } });

/** The facts with one more workflow, or one in place of another. */
export function withWorkflow(path: string, text: string): DoctorFacts {
  const files = [...WORKFLOWS.filter((one) => one.path !== path), { path, text }];
  return settings({ workflows: known({ files, total: files.length }) });
}
