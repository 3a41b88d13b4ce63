import type { EffectivePolicy } from "../src/catalogue/compiled.ts";
import { DEFAULT_GUARDS } from "../src/catalogue/config.ts";
import { loadCatalogue } from "../src/catalogue/load.ts";
import { defaults } from "../src/catalogue/params.ts";
import { fixtureReader } from "../src/cel/fixture.ts";
import { Bug, problemText } from "../src/errors.ts";
import { buildPlan } from "../src/plan/build.ts";
import { writePlan } from "../src/plan/file.ts";
import { judge } from "../src/scan/evaluate.ts";
import { findingOf } from "../src/scan/finding.ts";
import type { Listed, Unit } from "../src/scan/inventory.ts";
import { ResourceView } from "../src/scan/resource.ts";
import type { AwsReader } from "../src/types/aws.ts";
import type { CelEnvironment } from "../src/types/cel.ts";
import type { Models } from "../src/types/operation.ts";
import { catalogueExamples } from "./docs-examples.ts";

const NOW = "2026-01-01T08:00:00.000Z";
const ACCOUNT = { id: "222222222222", name: "payments-prod", labels: { stage: "prod", team: "payments" } };
const ARN = `arn:aws:ecr:eu-west-1:${ACCOUNT.id}:repository/shop`;

/** The plan that docs/plans.md shows: made by the engine, from the examples of the other pages and one repository that fails. */
export async function samplePlan(root: string, models: Models, cel: CelEnvironment): Promise<string> {
  const files = catalogueExamples(root).filter(({ kind }) => kind !== "pack");
  const { catalogue, problems } = loadCatalogue(files, models, cel);
  if (problems.length > 0) throw new Error(problems.map(problemText).join("\n"));
  const policy = catalogue.policies.get("ecr_repository_scan_on_push");
  if (policy === undefined) throw new Error("docs/policies.md has lost its example");
  const effective: EffectivePolicy = {
    policy,
    account: ACCOUNT,
    mode: "approve",
    severity: policy.file.severity,
    params: defaults(policy.file.params),
    remediationParams: defaults(policy.remediation?.file.params),
    allowDestructive: false,
    entry: policy.location,
  };
  const fixture = fixtureReader({ ImageScanningConfiguration: { scanOnPush: false } }, policy.type.shape);
  if (!fixture.ok) throw new Error("the example's resource does not fit its type");
  const unit: Unit = { type: policy.type, account: ACCOUNT, region: "eu-west-1", partition: "aws", aws: NO_AWS };
  const listed: Listed = {
    ref: { type: policy.file.resource, id: "shop", arn: ARN, identity: "2025-03-01T10:00:00.000Z" },
    callRegion: unit.region,
    region: unit.region,
    item: undefined,
    parent: undefined,
  };
  const view = ResourceView.told(unit, listed, fixture.read);
  const verdict = await judge(effective, view, NOW);
  const finding = findingOf(effective, view, verdict);
  const plan = buildPlan({
    scan: {
      findings: [finding],
      failing: [{ finding, effective, view, read: verdict.read }],
      coverage: {
        accounts: { scanned: 1, total: 1 },
        regions: { scanned: 2, total: 2 },
        resources: 1,
        findings: { pass: 0, fail: 1, unknown: 0, out_of_scope: 0 },
        gaps: [],
        calls: {},
        complete: true,
      },
    },
    guards: DEFAULT_GUARDS,
    scope: "team-payments",
    now: NOW,
    ttl: "3d",
    engine: "0.1.0",
    catalogue: catalogue.digest,
    commit: "",
  });
  if (plan.items.length !== 1)
    throw new Error(`the example is not planned: ${plan.header.held[0]?.reason ?? verdict.reason}`);
  return writePlan(plan);
}

const refuse = (): never => {
  throw new Bug("an example called AWS");
};

const NO_AWS: AwsReader = { call: refuse, pages: refuse, enter: refuse, regions: refuse, counts: new Map() };
