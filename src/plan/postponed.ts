import type { Postponed } from "./build.ts";
import type { Hold } from "./held.ts";

/** The first of several reasons not to propose an item yet, in this order. */
export function firstOf(...reasons: readonly Hold[]): Hold;
export function firstOf(...reasons: readonly Postponed[]): Postponed;
export function firstOf(...reasons: readonly Postponed[]): Postponed {
  return (item, finding) => {
    for (const reason of reasons) {
      const found = reason(item, finding);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
