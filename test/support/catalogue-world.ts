/** Scans, plans and applies with the small catalogue against AWS in memory. */
import { type Applied, applyPlan } from "../../src/apply/apply.ts";
import type { ApplyContext } from "../../src/apply/context.ts";
import { buildPlan } from "../../src/plan/build.ts";
import { type ScanInput, type ScanResult, scan } from "../../src/scan/scan.ts";
import type { Guards } from "../../src/types/catalogue.ts";
import type { Clock } from "../../src/types/clock.ts";
import { contentsOf, type Journal, type JournalContents, type JournalLine } from "../../src/types/journal.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import type { Plan } from "../../src/types/plan.ts";
import { cel, models } from "../catalogue/demand-catalogue.ts";
import type { FakeAws } from "./catalogue-aws.ts";
import { CONFIG, configOf, selectionOf } from "./catalogue-config.ts";
import { load, TEXTS, type Texts } from "./catalogue-texts.ts";

export const NOW = "2026-01-01T12:00:00.000Z";
/** One account only. */
export const ONE = "  - use: x_thing_blocked\n    where: { stage: prod }\n";
export const WIDE: Guards = { per_policy: 1000, per_account: 1000, per_run: 1000, percent: 100 };

export interface World {
  readonly aws: FakeAws;
  readonly texts?: Texts;
  readonly entries?: string;
}

export function scanInput({ aws, texts = TEXTS, entries = ONE }: World): ScanInput {
  const { config } = configOf(CONFIG);
  const { policies, lines } = selectionOf(entries, texts);
  if (config === undefined || lines.length > 0) throw new Error(lines.join("\n"));
  const { types } = load(texts).catalogue;
  return { config, policies, types, aws, homeRegion: "us-east-1", now: NOW, toPlan: true };
}

export function scanned(world: World): Promise<ScanResult> {
  return scan(scanInput(world));
}

export function planInput(result: ScanResult, guards = WIDE) {
  return {
    scan: result,
    guards,
    scope: "all",
    now: NOW,
    ttl: "7d",
    engine: "0",
    catalogue: "c".repeat(64),
    commit: "",
  };
}

export async function planned(world: World, guards = WIDE): Promise<Plan> {
  return buildPlan(planInput(await scanned(world), guards));
}

/** Policies of one type that differ in ID and check, beside the small catalogue's own. */
export function withPolicies(checks: Readonly<Record<string, string>>, texts: Texts = TEXTS): Texts {
  const more = Object.entries(checks).map(([id, rest]): [string, string] => [
    `policies/${id}.yaml`,
    `id: ${id}\ntitle: ${id}\nseverity: low\nresource: x.thing\n${rest}\n`,
  ]);
  return { ...texts, ...Object.fromEntries(more) };
}

export function uses(...ids: readonly string[]): string {
  return ids.map((id) => `  - use: ${id}\n    where: { stage: prod }\n`).join("");
}

export class MemoryJournal implements Journal {
  readonly records: JournalRecord[] = [];
  /** Throws to kill the run. */
  onAppend: (records: readonly JournalLine[]) => void = () => undefined;

  async append(lines: readonly JournalLine[]): Promise<void> {
    this.onAppend(lines);
    this.records.push(...contentsOf(lines).records);
  }

  async read(): Promise<JournalContents> {
    return { records: [...this.records], notes: [] };
  }
}

/** Sleeping takes no time but is told by `now`. */
export class TestClock implements Clock {
  ms = Date.parse(NOW);
  readonly slept: number[] = [];

  now(): number {
    return this.ms;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.ms += ms;
  }
}

type More = Partial<Omit<ApplyContext, "onOutcome">>;

export function applyContext(world: World, more: More = {}): ApplyContext {
  const input = scanInput(world);
  return {
    config: { ...input.config, guards: WIDE },
    catalogue: load(world.texts ?? TEXTS).catalogue,
    policies: input.policies,
    reader: world.aws,
    writer: world.aws,
    journal: new MemoryJournal(),
    models,
    cel,
    clock: new TestClock(),
    homeRegion: "us-east-1",
    approval: "",
    stopped: async () => undefined,
    run: "run-1",
    ...more,
  };
}

export function apply(plan: Plan, world: World, more: More = {}): Promise<Applied> {
  return applyPlan(plan, applyContext(world, more));
}
