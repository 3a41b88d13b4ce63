import { EvaluationFault } from "./faults.ts";

/** What a search may cost at most, in single steps of the engine: about a second. */
const MAX_STEPS = 1e8;
const MAX_PATTERN = 1_000;

/**
 * Regular expressions for `matches`. CEL means RE2, whose time is linear; JavaScript's engine goes back and tries again, so
 * a short pattern can take hours. Until an RE2 engine is on board, only patterns whose worst case is known to be small are accepted: the
 * syntax that RE2 and JavaScript share, no repetition of what itself repeats or branches, at most three open repetitions. The text may be
 * as long as the pattern's worst case allows.
 */
export interface SafePattern {
  readonly test: (text: string) => boolean;
}

export type PatternResult =
  | { readonly ok: true; readonly pattern: SafePattern }
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

/** @throws EvaluationFault when the pattern is refused or the text is too long for it */
export function matchesPattern(text: string, source: string): boolean {
  const result = compilePattern(source);
  if (!result.ok) throw new EvaluationFault(`matches(): ${result.message}`);
  return result.pattern.test(text);
}

function build(source: string): PatternResult {
  const [, flag, body = source] = /^(\(\?i\))?(.*)$/s.exec(source) ?? [];
  if (body.length > MAX_PATTERN) return { ok: false, message: `the pattern is longer than ${MAX_PATTERN} characters` };
  const cost = measure(body);
  if (typeof cost === "string") return { ok: false, message: cost };
  let engine: RegExp;
  try {
    engine = new RegExp(body, flag === undefined ? "u" : "iu");
  } catch (error) {
    return {
      ok: false,
      message: `not a regular expression: ${error instanceof Error ? error.message.split(": ").at(-1) : ""}`,
    };
  }
  // Every start of the text, times every length of every open repetition, times every choice.
  const limit = Math.floor((MAX_STEPS / cost.choices) ** (1 / (cost.open + 1)));
  return {
    ok: true,
    pattern: {
      test: (text) => {
        if (text.length > limit)
          throw new EvaluationFault(`matches(): the text is longer than the ${limit} characters this pattern allows`);
        return engine.test(text);
      },
    },
  };
}

interface Cost {
  /** Repetitions without an end, or with a range. */
  open: number;
  choices: number;
}

interface Group {
  branches: number;
  /** Whether anything inside repeats or branches. */
  varied: boolean;
}

const MAX_OPEN = 3;
const MAX_CHOICES = 10_000;
const REPEATS = "refused, because a search could take very long";

function measure(body: string): Cost | string {
  const cost: Cost = { open: 0, choices: 1 };
  const groups: Group[] = [{ branches: 1, varied: false }];
  let closed: Group | undefined;
  for (let at = 0; at < body.length; ) {
    const group = groups.at(-1);
    if (group === undefined) return "a ) without its (";
    const [token = ""] =
      /^(?:\\.|\[\^?(?:\\.|[^\]\\])*\]|\(\?[:=!]|\(\?<[=!]|\(\?|\{\d+(?:,\d*)?\}|.)/su.exec(body.slice(at)) ?? [];
    at += token.length;
    if (/^\\[1-9k]/.test(token)) return "back references are not part of CEL's regular expressions";
    if (token.startsWith("(?") && token !== "(?:")
      return `${token} is not part of CEL's regular expressions; write (?: or a plain group`;
    const quantifier = /^(?:[*+?]|\{)/.test(token);
    if (token === "(" || token === "(?:") groups.push({ branches: 1, varied: false });
    else if (token === ")") {
      groups.pop();
      const outer = groups.at(-1);
      if (outer === undefined) return "a ) without its (";
      cost.choices *= group.branches;
      closed = { branches: group.branches, varied: group.varied || group.branches > 1 };
      outer.varied ||= closed.varied;
      continue;
    } else if (token === "|") group.branches++;
    else if (quantifier) {
      // A question mark after another quantifier only makes it lazy.
      if (token !== "?" && closed?.varied) return `a repeated group that itself repeats or branches is ${REPEATS}`;
      if (token === "?") cost.choices *= 2;
      else if (!/^\{\d+\}$/.test(token)) cost.open++;
      group.varied = true;
    }
    closed = undefined;
  }
  cost.choices *= groups[0]?.branches ?? 1;
  if (cost.open > MAX_OPEN) return `more than ${MAX_OPEN} open repetitions are ${REPEATS}`;
  if (cost.choices > MAX_CHOICES) return `so many choices are ${REPEATS}`;
  return cost;
}
