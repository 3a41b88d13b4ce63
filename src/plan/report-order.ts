import type { Severity } from "../types/catalogue.ts";
import type { Plan } from "../types/plan.ts";
import { SEVERITY_ORDER } from "./guards.ts";

/** Plans by how much they matter: most critical items first, then most of high severity, and so on; by scope where all numbers are the same. */
export function worstFirst(a: Plan, b: Plan): number {
  const [of, than] = [counted(a), counted(b)];
  for (const [index, number] of of.entries()) {
    const other = than[index] ?? 0;
    if (number !== other) return other - number;
  }
  return a.header.scope < b.header.scope ? -1 : a.header.scope > b.header.scope ? 1 : 0;
}

/** How many items of each severity, the worst first. */
function counted({ items }: Plan): number[] {
  const numbers = Object.values(SEVERITY_ORDER).map(() => 0);
  const add = (severity: Severity): void => {
    const place = SEVERITY_ORDER[severity];
    numbers[place] = (numbers[place] ?? 0) + 1;
  };
  for (const { severity } of items) add(severity);
  return numbers;
}

/** How many reports may wait for review at a time, and how many of them one run may add. */
export interface ReportLimits {
  readonly most_open: number;
  readonly most_new: number;
}

/** Counts the reports that are open while a run works through them, by the names of their branches. */
export class OpenReports {
  readonly #limits: ReportLimits;
  readonly #open: Set<string>;
  #added = 0;

  constructor(limits: ReportLimits, open: Iterable<string>) {
    this.#limits = limits;
    this.#open = new Set(open);
  }

  /** Why the branch's report may not be opened now, in words; undefined where it may, or is open already. */
  whyNot(branch: string): string | undefined {
    const { most_open: open, most_new: added } = this.#limits;
    if (this.#open.has(branch)) return undefined;
    if (this.#open.size >= open) return `${this.#open.size} are open already (report.most_open: ${open})`;
    if (this.#added >= added) return `this run opened ${this.#added} already (report.most_new: ${added})`;
    return undefined;
  }

  opened(branch: string): void {
    if (this.#open.has(branch)) return;
    this.#open.add(branch);
    this.#added += 1;
  }

  closed(branch: string): void {
    this.#open.delete(branch);
  }
}
