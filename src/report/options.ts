import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { Severity } from "../types/catalogue.ts";

/** How a text for a terminal is to look. */
export interface TextOptions {
  /** Columns; 80 where there is no terminal to ask. */
  readonly width: number;
  readonly colour: boolean;
  /** Everything in full: no cut values, no limit on rows. */
  readonly verbose?: boolean;
  /** Rows shown of each list; 20 unless told. What is left out is counted. */
  readonly limit?: number;
}

/** What a report says of a policy beside its findings. */
export interface PolicyInfo {
  readonly title: string;
  readonly severity: Severity;
  /** `approve`, `approve after 14d` with a grace, or `approve, automatic` where it differs by account. */
  readonly mode?: string;
}
export type PolicyInfos = ReadonlyMap<string, PolicyInfo>;

/** Policies as they run, one entry for each policy whatever the number of accounts. */
export function policyInfos(effective: readonly EffectivePolicy[]): PolicyInfos {
  const infos = new Map<string, PolicyInfo>();
  for (const [id, runs] of Map.groupBy(effective, ({ policy }) => policy.file.id)) {
    const [first] = runs;
    if (first === undefined) continue;
    const { title, severity, remediation } = first.policy.file;
    const modes = remediation === undefined ? ["report"] : [...new Set(runs.map(modeWithGrace))].sort();
    infos.set(id, { title, severity, mode: modes.join(", ") });
  }
  return infos;
}

/** What only reports has nothing to wait for. */
function modeWithGrace({ mode, grace }: EffectivePolicy): string {
  return grace === undefined || mode === "report" ? mode : `${mode} after ${grace}`;
}

export function limitOf(options: TextOptions): number {
  return options.verbose === true ? Number.POSITIVE_INFINITY : (options.limit ?? 20);
}
