import type { CompiledCatalogue, EffectivePolicy } from "../catalogue/compiled.ts";
import type { AwsReader, AwsWriter } from "../types/aws.ts";
import type { Config } from "../types/catalogue.ts";
import type { CelEnvironment } from "../types/cel.ts";
import type { Clock } from "../types/clock.ts";
import type { Exception } from "../types/exception.ts";
import type { Journal } from "../types/journal.ts";
import type { Models } from "../types/operation.ts";
import type { Outcome, OutcomeCode } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";

/** What applying needs. The writer is the one door through which a write can leave, and it is opened in `apply/` only. */
export interface ApplyContext {
  readonly config: Config;
  readonly catalogue: CompiledCatalogue;
  readonly policies: readonly EffectivePolicy[];
  readonly reader: AwsReader;
  readonly writer: AwsWriter;
  readonly journal: Journal;
  readonly models: Models;
  readonly cel: CelEnvironment;
  readonly clock: Clock;
  readonly homeRegion: string;
  /** As they stand now, expired ones too; what they cover is not touched, whatever was approved before. */
  readonly exceptions?: readonly Exception[];
  /**
   * What made the plan run (`pull/12`); an approval is used once, so an item it brought about is not brought about again, whatever happened
   * to the resource since. "" for a person at a terminal, who may ask again.
   */
  readonly approval: string;
  /** No approval, and no person at a terminal either: a job that was told which file to apply. */
  readonly unattended?: boolean;
  /** Why nothing more may be changed right now (a freeze, a window that closed, the kill switch); asked before every item. */
  readonly stopped: () => Promise<string | undefined>;
  /** Names this run in the journal and in CloudTrail. */
  readonly run: string;
  readonly onOutcome?: (outcome: Outcome, done: number, total: number) => void;
}

/** What it takes to look at a resource: nothing that could change it. */
export type LookContext = Pick<ApplyContext, "config" | "catalogue" | "reader" | "clock" | "homeRegion">;

export function outcomeOf(
  item: PlanItem,
  outcome: OutcomeCode,
  reason: string,
  next: string,
  drift?: Outcome["drift"],
): Outcome {
  const { policy, account, region } = item;
  return {
    item: item.id,
    outcome,
    reason,
    next,
    policy,
    account,
    region,
    resource: item.resource.id,
    ...(drift === undefined ? {} : { drift }),
  };
}

export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
