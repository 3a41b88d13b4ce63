import { hash } from "../scan/finding.ts";
import type { Config } from "../types/catalogue.ts";

export interface ReportGroup {
  /** A part of file and branch names; different for different groups. */
  readonly scope: string;
  /** IDs of its accounts. */
  readonly accounts: ReadonlySet<string>;
}

/** Who gets a pull request of their own: one group for each value of the label the configuration groups by, sorted by scope. */
export function reportGroups(config: Config): ReportGroup[] {
  const label = config.report.group_by;
  if (label === undefined) return [{ scope: "all", accounts: new Set(config.accounts.map(({ id }) => id)) }];
  const byValue = Map.groupBy(config.accounts, ({ labels }) =>
    Object.hasOwn(labels, label) ? labels[label] : undefined,
  );
  return [...byValue]
    .map(([value, accounts]) => ({ scope: scopeName(label, value), accounts: new Set(accounts.map(({ id }) => id)) }))
    .sort((a, b) => (a.scope < b.scope ? -1 : 1));
}

/** Where a value had to be changed to be a name, a hash of it keeps it apart from others that look the same then. */
function scopeName(label: string, value: string | undefined): string {
  if (value === undefined) return `${safe(label)}-without`;
  const name = safe(value);
  return `${safe(label)}-${name === value ? name : `${name}-${hash([value]).slice(0, 6)}`}`;
}

/** What git takes as a part of a branch's name and every system as one of a file's. */
function safe(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  return plain === "" ? "x" : plain.slice(0, 60);
}

/** What a narrowed run (`--accounts`, `--regions`, `--policies`) adds to its scopes; "" where it looks at everything. */
export function narrowing(choice: readonly (readonly string[] | undefined)[]): string {
  if (choice.every((part) => part === undefined)) return "";
  return `-part-${hash(choice.map((part) => (part === undefined ? null : [...part].sort()))).slice(0, 6)}`;
}
