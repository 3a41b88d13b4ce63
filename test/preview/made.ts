/** Effective policies, findings and configurations as small as a comparison needs them. */
import type { EffectivePolicy } from "../../src/catalogue/compiled.ts";
import { findingId } from "../../src/scan/finding.ts";
import type { Config, Guards, Mode, RemediationFile } from "../../src/types/catalogue.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";
import type { Finding, FindingStatus } from "../../src/types/scan.ts";
import { item, planOf } from "../github/client-under-test.ts";

export interface RunSpec {
  readonly mode?: Mode;
  readonly scope?: "global" | "region";
  readonly digest?: string;
  readonly file?: object;
  readonly remediation?: Partial<RemediationFile>;
  readonly params?: object;
}

/** A policy as it runs in one account. Only the parts that previews look at are there. */
export function run(policy: string, account: string, spec: RunSpec = {}): EffectivePolicy {
  const { mode = "report", scope = "global", digest = "d", file = {}, remediation, params = {} } = spec;
  const made = {
    policy: {
      file: { id: policy, title: `title of ${policy}`, severity: "medium", ...file },
      digest,
      type: { file: { type: "s3.bucket", scope } },
      remediation: remediation === undefined ? undefined : { file: { id: "r", ...remediation }, digest: "r" },
    },
    account: { id: account, name: account, labels: {} },
    mode,
    severity: "medium",
    params,
    remediationParams: {},
    allowDestructive: false,
    entry: { file: "evenkeel.yaml", line: 1 },
  };
  return made as unknown as EffectivePolicy;
}

export function finding(
  policy: string,
  account: string,
  id: string,
  status: FindingStatus,
  region = "eu-west-1",
): Finding {
  const resource = { type: "s3.bucket", id, arn: `arn:aws:s3:::${id}`, identity: "1" };
  return {
    id: findingId(policy, account, region, resource),
    policy,
    status,
    severity: "medium",
    account,
    region,
    resource,
    reason: status === "fail" ? "not so" : "",
    attributes: {},
    location: { file: "policies/a.yaml", line: 1 },
  };
}

export const GUARDS: Guards = { per_policy: 10, per_account: 25, per_run: 50, percent: 20 };

export function configOf(accounts: readonly string[], more: Partial<Config> = {}): Config {
  return {
    version: 1,
    accounts: accounts.map((id) => ({ id, name: id, labels: {} })),
    regions: "enabled",
    partition: "aws",
    roles: { read: { name: "read" }, remediate: { name: "fix" } },
    policies: [],
    guards: GUARDS,
    changes: { windows: [], freezes: [] },
    plan_ttl: "7d",
    report: {
      branch_prefix: "evenkeel/report",
      plan_path: "plans",
      most_open: 5,
      most_new: 2,
      snooze: "14d",
      renewal_days: 90,
    },
    ...more,
  };
}

/** A planner that wants these items and lets through as many as `per_run` allows. */
export function planner(wanted: readonly PlanItem[], guards: Guards) {
  return {
    guards,
    plans: ({ per_run: most }: Guards): Plan[] => [planOf(wanted.slice(0, most))],
  };
}

export { item };
