import { Bug } from "../errors.ts";
import { bytes } from "../text/markdown.ts";

/** How much a Markdown report says. Each list that is cut says "showing N of M". */
export interface Detail {
  /** Items whose differences and calls are shown: of each policy, and of those that need the reader's eye. */
  readonly diffs: number;
  readonly firstDiffs: number;
  /** Items listed of each policy, and of those that need the reader's eye. */
  readonly items: number;
  readonly first: number;
  /** Groups of held items, and resources named of each. */
  readonly groups: number;
  readonly names: number;
  readonly gaps: number;
  /** Rows of the table by policy. */
  readonly rows: number;
  /** Characters of one text. */
  readonly text: number;
}

const ALL = Number.POSITIVE_INFINITY;

/** From everything to the bare verdict: what changes values goes first, then resources, then rows; verdict and effect always stay. */
const LADDER: readonly Detail[] = [
  { diffs: ALL, firstDiffs: ALL, items: ALL, first: ALL, groups: 50, names: 10, gaps: 30, rows: ALL, text: 300 },
  { diffs: 20, firstDiffs: ALL, items: ALL, first: ALL, groups: 50, names: 10, gaps: 30, rows: ALL, text: 300 },
  { diffs: 5, firstDiffs: ALL, items: ALL, first: ALL, groups: 50, names: 10, gaps: 30, rows: ALL, text: 300 },
  { diffs: 1, firstDiffs: ALL, items: ALL, first: ALL, groups: 50, names: 10, gaps: 30, rows: ALL, text: 300 },
  { diffs: 1, firstDiffs: 20, items: ALL, first: ALL, groups: 50, names: 5, gaps: 30, rows: ALL, text: 300 },
  { diffs: 0, firstDiffs: 5, items: ALL, first: ALL, groups: 30, names: 5, gaps: 20, rows: ALL, text: 200 },
  { diffs: 0, firstDiffs: 0, items: 10, first: ALL, groups: 20, names: 3, gaps: 15, rows: ALL, text: 160 },
  { diffs: 0, firstDiffs: 0, items: 10, first: 30, groups: 10, names: 0, gaps: 10, rows: ALL, text: 120 },
  { diffs: 0, firstDiffs: 0, items: 0, first: 20, groups: 10, names: 0, gaps: 10, rows: 100, text: 100 },
  { diffs: 0, firstDiffs: 0, items: 0, first: 10, groups: 5, names: 0, gaps: 5, rows: 20, text: 80 },
  { diffs: 0, firstDiffs: 0, items: 0, first: 3, groups: 3, names: 0, gaps: 3, rows: 5, text: 60 },
  { diffs: 0, firstDiffs: 0, items: 0, first: 0, groups: 0, names: 0, gaps: 0, rows: 0, text: 40 },
];

/** The fullest form that is at most `budget` bytes of UTF-8. */
export function fitting(budget: number, render: (detail: Detail) => string): string {
  for (const detail of LADDER) {
    const text = render(detail);
    if (bytes(text) <= budget) return text;
  }
  throw new Bug(`a report does not fit into ${budget} bytes even without its lists`);
}
