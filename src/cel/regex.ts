import { RE2JS } from "re2js";
import { EvaluationFault } from "./faults.ts";

const MAX_PATTERN = 1_000;

/**
 * Regular expressions for `matches`. CEL means RE2, whose time is linear in the text; JavaScript's own engine goes back and tries again, so
 * that a short pattern in a stranger's pull request could take hours.
 */
export type PatternResult =
  | { readonly ok: true; readonly pattern: { readonly test: (text: string) => boolean } }
  | { readonly ok: false; readonly message: string };

const compiled = new Map<string, PatternResult>();
const CACHE_SIZE = 500;

/** Compiles a pattern, or says why it is refused. */
export function compilePattern(source: string): PatternResult {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const result = build(source);
  if (compiled.size >= CACHE_SIZE) compiled.clear();
  compiled.set(source, result);
  return result;
}

/**
 * `charge` is told what the search takes at worst: the text once for every character of the pattern.
 * @throws EvaluationFault when the pattern is refused
 */
export function matchesPattern(text: string, source: string, charge?: (worst: number) => void): boolean {
  const result = compilePattern(source);
  if (!result.ok) throw new EvaluationFault(`matches(): ${result.message}`);
  charge?.(text.length * Math.max(source.length, 1));
  return result.pattern.test(text);
}

function build(source: string): PatternResult {
  if (source.length > MAX_PATTERN)
    return { ok: false, message: `the pattern is longer than ${MAX_PATTERN} characters` };
  try {
    const pattern = RE2JS.compile(source);
    return { ok: true, pattern: { test: (text) => pattern.matcher(text).find() } };
  } catch (error) {
    return {
      ok: false,
      message: `not a regular expression of RE2: ${error instanceof Error ? error.message : "refused"}`,
    };
  }
}
