import type { CompiledType, EffectivePolicy } from "../catalogue/compiled.ts";
import { Bug } from "../errors.ts";
import type { AwsReader } from "../types/aws.ts";
import type { Config, ConfigAccount } from "../types/catalogue.ts";
import type { Coverage, Finding, FindingStatus, Gap } from "../types/scan.ts";
import { forEachConcurrent } from "./concurrency.ts";
import { judge } from "./evaluate.ts";
import { findingOf } from "./finding.ts";
import { GapLog } from "./gaps.ts";
import { listResources, type Unit } from "./inventory.ts";
import { ResourceView, type Shared, sharedOf, unknownFrom } from "./resource.ts";

/** Starting values; what really limits a scan are the rates in `aws/`. */
const ACCOUNTS_AT_ONCE = 12;
const UNITS_AT_ONCE = 8;
const RESOURCES_AT_ONCE = 8;

export interface ScanInput {
  readonly config: Config;
  readonly policies: readonly EffectivePolicy[];
  readonly types: ReadonlyMap<string, CompiledType>;
  readonly aws: AwsReader;
  /** Where global types are asked: `us-east-1` in the partition `aws`. */
  readonly homeRegion: string;
  /** ISO 8601; what `now` is in every policy of this scan. */
  readonly now: string;
  /** Whether a plan is to be made of it: then what the remediations of failing resources read is read as well. */
  readonly toPlan: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly unitsDone: number;
  readonly unitsTotal: number;
  readonly resources: number;
  readonly failing: number;
  readonly account: string;
  readonly region: string;
  readonly type: string;
}

/** A failing resource with what was read of it, for the plan. */
export interface Failing {
  readonly finding: Finding;
  readonly effective: EffectivePolicy;
  readonly view: ResourceView;
  readonly read: readonly string[];
}

export interface ScanResult {
  /** Sorted by policy, account, region and resource. */
  readonly findings: readonly Finding[];
  readonly failing: readonly Failing[];
  readonly coverage: Coverage;
}

/** Reads the accounts and judges every resource by every policy. Nothing that fails stops the rest: it becomes a gap, and is counted. */
export async function scan(input: ScanInput): Promise<ScanResult> {
  const run = new Run(input);
  const accounts = input.config.accounts.filter((account) =>
    input.policies.some((known) => known.account.id === account.id),
  );
  await forEachConcurrent(accounts, ACCOUNTS_AT_ONCE, (account) => run.account(account));
  return run.result(accounts.length);
}

class Run {
  readonly #input: ScanInput;
  readonly #gaps: GapLog;
  readonly #findings: Finding[] = [];
  readonly #failing: Failing[] = [];
  #accounts = 0;
  #regionsTotal = 0;
  #regionsScanned = 0;
  #resources = 0;
  #unitsDone = 0;
  #unitsTotal = 0;

  constructor(input: ScanInput) {
    this.#input = input;
    this.#gaps = new GapLog(input.types);
  }

  async account(account: ConfigAccount): Promise<void> {
    const { aws, config, homeRegion } = this.#input;
    const policies = this.#input.policies.filter((known) => known.account.id === account.id);
    const ids = policies.map(({ policy }) => policy.file.id);
    let regions: readonly string[];
    try {
      await aws.enter(account.id);
      regions = config.regions === "enabled" ? await aws.regions(account.id) : config.regions;
    } catch (error) {
      this.#regionsTotal += config.regions === "enabled" ? 1 : config.regions.length;
      this.#gaps.add({ account: account.id, region: "*", type: "*", policies: ids }, error);
      return;
    }
    this.#accounts += 1;
    this.#regionsTotal += regions.length;
    const accountFields = this.#accountFields(account);
    const byType = new Map<CompiledType, EffectivePolicy[]>();
    for (const effective of policies) {
      const known = byType.get(effective.policy.type);
      if (known === undefined) byType.set(effective.policy.type, [effective]);
      else known.push(effective);
    }
    const broken = new Set<string>();
    const units = [...byType].flatMap(([type, judged]) =>
      (type.file.scope === "global" ? [homeRegion] : regions).map((region) => ({
        unit: this.#unit(type, account, region),
        judged,
      })),
    );
    this.#unitsTotal += units.length;
    await forEachConcurrent(units, UNITS_AT_ONCE, async ({ unit, judged }) => {
      const whole = await this.#unitResources(unit, judged, accountFields);
      if (!whole) broken.add(unit.region);
      this.#unitsDone += 1;
      this.#progress(unit);
    });
    this.#regionsScanned += regions.filter((region) => !broken.has(region)).length;
  }

  /** Judges all resources of a unit; false where its list could not be read to the end. */
  async #unitResources(
    unit: Unit,
    judged: readonly EffectivePolicy[],
    accountField: Shared["accountField"],
  ): Promise<boolean> {
    const shared = sharedOf(unit, accountField);
    try {
      await forEachConcurrent(listResources(unit), RESOURCES_AT_ONCE, async (listed) => {
        this.#resources += 1;
        const view = new ResourceView(unit, listed, shared);
        for (const effective of judged) await this.#judge(effective, view);
      });
      return true;
    } catch (error) {
      const policies = judged.map(({ policy }) => policy.file.id);
      this.#gaps.add({ account: unit.account.id, region: unit.region, type: unit.type.file.type, policies }, error);
      return false;
    }
  }

  async #judge(effective: EffectivePolicy, view: ResourceView): Promise<void> {
    const verdict = await judge(effective, view, this.#input.now);
    const finding = findingOf(effective, view, verdict);
    this.#findings.push(finding);
    if (verdict.unknown !== undefined) {
      const { account, region, resource, policy } = finding;
      this.#gaps.addUnknown(
        { account, region, type: resource.type, policies: [policy] },
        verdict.unknown,
        view,
        verdict.read,
      );
    }
    if (verdict.status !== "fail") return;
    // The plan needs what the remediation reads and changes; read now, so that a later stage never reaches back into AWS.
    const { remediation } = effective.policy;
    if (this.#input.toPlan && remediation !== undefined && effective.mode !== "report") {
      const { account, region, resource, policy } = finding;
      const place = { account, region, type: resource.type, policies: [policy] };
      for (const name of remediation.fields) {
        await view.fetch(name);
        const state = view.state(name);
        // Without it nothing can be planned for this resource: a gap as much as a check that cannot be judged.
        if (state.state === "unknown") this.#gaps.addUnknown(place, state, view, [name]);
      }
    }
    this.#failing.push({ finding, effective, view, read: verdict.read });
  }

  /** Fields of the account's own resource of another type, read once per account. */
  #accountFields(account: ConfigAccount): Shared["accountField"] {
    const views = new Map<string, Promise<ResourceView>>();
    const accountField: Shared["accountField"] = async (typeName, field) => {
      const type = this.#input.types.get(typeName);
      if (type === undefined) throw new Bug(`no type ${typeName}`);
      const view = views.get(typeName) ?? this.#single(type, account, accountField);
      views.set(typeName, view);
      try {
        const resource = await view;
        await resource.fetch(field);
        return resource.state(field);
      } catch (error) {
        return unknownFrom(error);
      }
    };
    return accountField;
  }

  async #single(
    type: CompiledType,
    account: ConfigAccount,
    accountField: Shared["accountField"],
  ): Promise<ResourceView> {
    const unit = this.#unit(type, account, this.#input.homeRegion);
    for await (const listed of listResources(unit)) return new ResourceView(unit, listed, sharedOf(unit, accountField));
    throw new Bug(`${type.file.type} has no resource of its own`);
  }

  #unit(type: CompiledType, account: ConfigAccount, region: string): Unit {
    return { type, account, region, partition: this.#input.config.partition, aws: this.#input.aws };
  }

  #progress(unit: Unit): void {
    this.#input.onProgress?.({
      unitsDone: this.#unitsDone,
      unitsTotal: this.#unitsTotal,
      resources: this.#resources,
      failing: this.#failing.length,
      account: unit.account.id,
      region: unit.region,
      type: unit.type.file.type,
    });
  }

  result(total: number): ScanResult {
    const counts: Record<FindingStatus, number> = { pass: 0, fail: 0, unknown: 0, out_of_scope: 0 };
    for (const { status } of this.#findings) counts[status] += 1;
    const gaps: Gap[] = this.#gaps.sorted();
    const coverage: Coverage = {
      accounts: { scanned: this.#accounts, total },
      regions: { scanned: this.#regionsScanned, total: this.#regionsTotal },
      resources: this.#resources,
      findings: counts,
      gaps,
      calls: Object.fromEntries([...this.#input.aws.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      complete: gaps.length === 0,
    };
    return {
      findings: this.#findings.sort(byPlace),
      failing: this.#failing.sort((a, b) => byPlace(a.finding, b.finding)),
      coverage,
    };
  }
}

/** Code-point order, not a locale's: the same everywhere. */
function byPlace(a: Finding, b: Finding): number {
  const left = [a.policy, a.account, a.region, a.resource.id, a.id];
  const right = [b.policy, b.account, b.region, b.resource.id, b.id];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? "";
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
