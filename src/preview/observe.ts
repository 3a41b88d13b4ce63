import type { CompiledCatalogue, EffectivePolicy } from "../catalogue/compiled.ts";
import { buildPlan } from "../plan/build.ts";
import { exceptFindings, readTags } from "../plan/exceptions.ts";
import { type Progress, scan } from "../scan/scan.ts";
import type { AwsReader } from "../types/aws.ts";
import type { Config, Guards } from "../types/catalogue.ts";
import type { Exception } from "../types/exception.ts";
import type { Coverage } from "../types/scan.ts";
import { cachingReader } from "./caching-reader.ts";
import { compareFindings, type Judged } from "./compare.ts";
import { comparePlans, type Planner } from "./plans.ts";
import type { Observed } from "./preview.ts";

/** A side that may be run. */
export interface Runnable {
  readonly config: Config;
  readonly policies: readonly EffectivePolicy[];
  readonly catalogue: CompiledCatalogue;
  readonly exceptions: readonly Exception[];
}

export interface ObserveInput {
  readonly base: Runnable | undefined;
  readonly head: Runnable | undefined;
  /** The base's guards where its files are too wrong to be run, but its configuration could be read. */
  readonly guards: Guards | undefined;
  readonly aws: AwsReader;
  readonly homeRegion: string;
  /** ISO 8601, for both sides. */
  readonly now: string;
  readonly engine: string;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Judges the accounts by both sides and compares. The second scan gets the first one's answers wherever it makes the same call, so that every
 * difference is one of policies. Errors of AWS become gaps, as in any scan.
 */
export async function observe(input: ObserveInput): Promise<Observed> {
  const aws = cachingReader(input.aws);
  const base = input.base === undefined ? undefined : await side(input, input.base, aws);
  const head = input.head === undefined ? undefined : await side(input, input.head, aws);
  const { guards } = input;
  // Nothing is known of what broken files would have proposed: then every fix of the head counts as new.
  const known = base?.planner ?? (guards === undefined ? undefined : { guards, plans: () => [] });
  return {
    comparisons: compareFindings(base?.judged ?? NOTHING, head?.judged ?? NOTHING),
    plan: comparePlans(known, head?.planner),
    base: base?.coverage,
    head: head?.coverage,
  };
}

const NOTHING: Judged = { findings: [], gaps: [], policies: [], config: undefined };

async function side(
  { homeRegion, now, engine, onProgress }: ObserveInput,
  { config, policies, catalogue, exceptions }: Runnable,
  aws: AwsReader,
): Promise<{ readonly judged: Judged; readonly planner: Planner; readonly coverage: Coverage }> {
  const { types, digest } = catalogue;
  const found = await scan({ config, policies, types, aws, homeRegion, now, toPlan: true, onProgress });
  await readTags(found.failing, exceptions);
  const scope = { scanned: policies, configured: policies, allRegions: true };
  const result = exceptFindings(found, exceptions, scope, now);
  const fixed = { scope: "all", now, ttl: config.plan_ttl, engine, catalogue: digest, commit: "" };
  return {
    judged: { findings: result.findings, gaps: result.coverage.gaps, policies, config },
    planner: { guards: config.guards, plans: (guards) => [buildPlan({ scan: result, guards, ...fixed })] },
    coverage: result.coverage,
  };
}
