import type { CompiledCatalogue, CompiledPolicy, EffectivePolicy } from "../catalogue/compiled.ts";
import { defaults } from "../catalogue/params.ts";
import { fixtureReader } from "../cel/fixture.ts";
import { Bug } from "../errors.ts";
import { canonical, isArray, isObject, own } from "../json.ts";
import { judge } from "../scan/evaluate.ts";
import { findingOf } from "../scan/finding.ts";
import { type Listed, type Unit, unitBindings } from "../scan/inventory.ts";
import { ResourceView } from "../scan/resource.ts";
import type { AwsReader } from "../types/aws.ts";
import type { ConfigAccount, PolicyTest } from "../types/catalogue.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { PlannedCall } from "../types/plan.ts";
import { buildItem } from "./item.ts";

export interface TestResult {
  readonly policy: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** Undefined where the test passed; else what was expected and what came. */
  readonly failure: string | undefined;
}

const NOW = "2026-01-01T00:00:00.000Z";

/** A test has nothing to read: reaching for AWS is our mistake. */
const NO_AWS: AwsReader = {
  call: () => Promise.reject(new Bug("a policy test called AWS")),
  pages: () => {
    throw new Bug("a policy test called AWS");
  },
  enter: () => Promise.reject(new Bug("a policy test called AWS")),
  regions: () => Promise.reject(new Bug("a policy test called AWS")),
  counts: new Map(),
};

/** Runs the tests that stand in the policies' own files, through the same judging and planning that a scan uses. */
export async function testPolicies(
  catalogue: CompiledCatalogue,
  selected: (policy: string) => boolean,
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const policy of [...catalogue.policies.values()].sort((a, b) => (a.file.id < b.file.id ? -1 : 1))) {
    if (!selected(policy.file.id)) continue;
    for (const test of policy.file.tests ?? []) {
      results.push({
        policy: policy.file.id,
        name: test.name,
        ...policy.location,
        failure: await runTest(policy, test),
      });
    }
  }
  return results;
}

async function runTest(policy: CompiledPolicy, test: PolicyTest): Promise<string | undefined> {
  const fixture = fixtureReader(test.resource, policy.type.shape);
  if (!fixture.ok) return fixture.problems.map(({ message }) => message).join("; ");
  const account: ConfigAccount = {
    id: test.account?.id ?? "111111111111",
    name: test.account?.name ?? "example",
    labels: test.account?.labels ?? {},
  };
  const region = test.region ?? "us-east-1";
  const id = test.id ?? "example";
  const unit: Unit = { type: policy.type, account, region, partition: "aws", aws: NO_AWS };
  const arn = test.arn ?? arnOf(unit, id) ?? `arn:aws:test:${region}:${account.id}:${id}`;
  const listed: Listed = {
    ref: { type: policy.file.resource, id, arn, identity: id },
    callRegion: region,
    region,
    item: undefined,
    parent: undefined,
  };
  const view = ResourceView.told(unit, listed, fixture.read);
  const now = test.now === undefined ? NOW : new Date(test.now).toISOString();
  const effective: EffectivePolicy = {
    policy,
    account,
    mode: "approve",
    severity: policy.file.severity,
    params: { ...defaults(policy.file.params), ...test.params },
    remediationParams: {
      ...defaults(policy.remediation?.file.params),
      ...policy.file.remediation?.params,
      ...test.remediation_params,
    },
    allowDestructive: true,
    entry: policy.location,
  };
  const verdict = await judge(effective, view, now);
  if (verdict.status !== test.expect) {
    return `expected ${test.expect}, found ${verdict.status}${verdict.reason === "" ? "" : ` (${verdict.reason})`}`;
  }
  if (verdict.status !== "fail" || policy.remediation === undefined) return undefined;
  if (test.plan === undefined && test.blocked === undefined) return undefined;
  const built = buildItem(
    { finding: findingOf(effective, view, verdict), effective, view, read: verdict.read },
    policy.remediation,
    now,
  );
  if ("held" in built) {
    const { reason } = built.held;
    if (test.blocked === undefined)
      return test.plan?.length === 0 ? undefined : `expected a plan, but it is ${built.held.outcome}: ${reason}`;
    return reason.includes(test.blocked)
      ? undefined
      : `expected it to be blocked because of "${test.blocked}", found "${reason}"`;
  }
  if (test.blocked !== undefined) return `expected it to be blocked because of "${test.blocked}", but it is planned`;
  return (
    compareCalls(test.plan ?? [], built.item.calls) ??
    (test.undo === undefined ? undefined : compareCalls(test.undo, built.item.undo))
  );
}

/** The type's own ARN, where its ID is all it takes. */
function arnOf(unit: Unit, id: string): string | undefined {
  const result = unit.type.arn.evaluate({ ...unitBindings(unit), id: { json: id } });
  return result.kind === "value" && typeof result.value === "string" ? result.value : undefined;
}

function compareCalls(expected: NonNullable<PolicyTest["plan"]>, planned: readonly PlannedCall[]): string | undefined {
  const wanted = expected.map(({ call }) => call).join(", ");
  const found = planned.map(({ call }) => call).join(", ");
  if (wanted !== found) return `expected the calls [${wanted}], found [${found}]`;
  for (const [index, { call, with: params }] of expected.entries()) {
    const given: JsonObject = planned[index]?.params ?? {};
    const wrong = missing(params ?? {}, given, call);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** What a test says of a call's parameters must be there; it need not say everything. */
function missing(expected: Json, found: Json | undefined, path: string): string | undefined {
  // No parameter is ever null: in a test it says that the parameter must not be there.
  if (expected === null) return found === undefined ? undefined : `expected no ${path}, found ${canonical(found)}`;
  if (isObject(expected) && isObject(found)) {
    for (const [key, value] of Object.entries(expected)) {
      const wrong = missing(value, own(found, key), `${path}.${key}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (isArray(expected) && isArray(found) && expected.length === found.length) {
    for (const [index, value] of expected.entries()) {
      const wrong = missing(value, found[index], `${path}[${index}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (found !== undefined && canonical(expected) === canonical(found)) return undefined;
  return `expected ${path} to be ${canonical(expected)}, found ${found === undefined ? "nothing" : canonical(found)}`;
}
