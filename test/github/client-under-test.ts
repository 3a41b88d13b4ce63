/** Our client against the stand-in: a clock that sleeps in no time, plans of any content, and a look at what was written. */
import { createGitHub, type GitHub, type GitHubOptions } from "../../src/github/client.ts";
import type { Report } from "../../src/github/report.ts";
import { itemHash, planDigest, writePlan } from "../../src/plan/file.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";
import type { GitHubStandIn, LogEntry } from "../support/github/server.ts";

export const NOW = Date.parse("2026-03-02T00:00:00Z");

export interface TestClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  readonly slept: number[];
}

export function testClock(): TestClock {
  let at = NOW;
  const slept: number[] = [];
  return {
    slept,
    now: () => at,
    sleep: async (ms) => {
      slept.push(ms);
      at += ms;
    },
  };
}

export interface UnderTest {
  readonly client: GitHub;
  readonly clock: TestClock;
  readonly warnings: string[];
}

export async function connect(github: GitHubStandIn, options: Partial<GitHubOptions> = {}): Promise<UnderTest> {
  const clock = testClock();
  const warnings: string[] = [];
  const client = await createGitHub({
    token: "ghs_actions",
    apiUrl: github.url,
    repository: "acme/policies",
    clock,
    random: () => 0.5,
    logger: { debug: () => {}, warn: (message) => void warnings.push(message) },
    ...options,
  });
  return { client, clock, warnings };
}

/** An item that a plan may hold; `n` makes its ID, `seen` what was read. */
export function item(n: number, seen = "Suspended"): PlanItem {
  return {
    id: n.toString(16).padStart(32, "0"),
    policy: "s3_bucket_versioning",
    remediation: "s3.enable-bucket-versioning",
    severity: "medium",
    risk: "safe",
    account: "111111111111",
    region: "global",
    resource: {
      type: "s3.bucket",
      id: `bucket-${n}`,
      arn: `arn:aws:s3:::bucket-${n}`,
      identity: "2024-01-01T00:00:00Z",
    },
    before: { Versioning: { Status: seen } },
    after: { Versioning: { Status: "Enabled" } },
    fields: ["Versioning"],
    deletes: false,
    fingerprint: "a".repeat(64),
    covers: ["Versioning"],
    params: {},
    calls: [{ step: "0", call: "s3:PutBucketVersioning", params: { Bucket: `bucket-${n}` } }],
    undo: [],
    undo_note: "versioning cannot be taken back",
    iam: ["s3:PutBucketVersioning"],
    impact: "none",
    cost: "storage of old versions",
    reason: "versioning is off",
  };
}

export function planOf(items: readonly PlanItem[], expires = "2026-03-09T00:00:00Z"): Plan {
  return {
    header: {
      evenkeel_plan: 1,
      kind: "remediate",
      scope: "all",
      expires,
      engine: "0.1.0",
      catalogue: "b".repeat(64),
      commit: "",
      coverage: {
        accounts: { scanned: 1, total: 1 },
        regions: { scanned: 1, total: 1 },
        resources: 3,
        findings: { pass: 0, fail: items.length, unknown: 0, out_of_scope: 0 },
        complete: true,
        gaps: 0,
      },
      held: [],
      items: items.map(itemHash).sort(),
    },
    items,
  };
}

export const BRANCH = "evenkeel/report/all";
export const PATH = "evenkeel/plans/all.jsonl";

export function reportOf(
  items: readonly PlanItem[],
  more: Partial<Report> & { readonly expires?: string } = {},
): Report {
  const { expires, ...rest } = more;
  const plan = planOf(items, expires);
  const digest = planDigest(plan.header).slice(0, 12);
  return {
    base: "main",
    branch: BRANCH,
    path: PATH,
    plan: writePlan(plan),
    digest,
    title: `Fix ${items.length} findings [${digest}]`,
    body: `${items.length} items\n`,
    commitMessage: `Plan for ${items.length} items`,
    ...rest,
  };
}

/** The calls that change something, in order. */
export const writes = (github: GitHubStandIn): LogEntry[] => github.log.filter(({ method }) => method !== "GET");
export const operations = (entries: readonly LogEntry[]): string[] => entries.map(({ operation }) => operation);
/** The calls of a step of a test, and only those. */
export async function during<T>(
  github: GitHubStandIn,
  act: () => Promise<T>,
): Promise<{ result: T; calls: LogEntry[] }> {
  const from = github.log.length;
  const result = await act();
  return { result, calls: github.log.slice(from) };
}
