/** What can go wrong while an expression is evaluated, by kind: the kinds decide what `||`, `&&` and has() make of it. */

/** Something that could not be read decided the result. */
export class UnknownFault extends Error {
  readonly path: string;
  readonly code: string;
  readonly reason: string;
  constructor(path: string, code: string, reason: string) {
    super(`${path} could not be read (${code}): ${reason}`);
    this.path = path;
    this.code = code;
    this.reason = reason;
  }
}

/** The expression itself went wrong. The message is for the author of the policy and never holds a value read from AWS. */
export class EvaluationFault extends Error {}

/** A problem found while compiling, by place in the source. */
export class Problem extends Error {
  readonly offset: number;
  readonly length: number;
  readonly nearest: string | undefined;
  constructor(place: { readonly start: number; readonly end: number }, message: string, nearest?: string) {
    super(message);
    this.offset = place.start;
    this.length = Math.max(0, place.end - place.start);
    this.nearest = nearest;
  }
}

/** Runs `read` and hands back what it threw instead of throwing. CEL values are never Errors, so the two cannot be confused. */
export function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof Error ? error : new EvaluationFault(String(error));
  }
}

/**
 * The one of two faults that counts: an unknown wins over an ordinary error, since reading the unknown might have changed
 * the course of things, and "could not be read" must never be reported as a mistake of the policy.
 */
export function graver(first: Error | undefined, second: Error): Error {
  if (first === undefined) return second;
  return second instanceof UnknownFault && !(first instanceof UnknownFault) ? second : first;
}

/** Evaluates every operand, then throws the gravest fault among them, if any. */
export function allOrThrow(reads: readonly (() => unknown)[]): unknown[] {
  let fault: Error | undefined;
  const values = reads.map((read) => {
    const value = attempt(read);
    if (value instanceof Error) fault = graver(fault, value);
    return value;
  });
  if (fault !== undefined) throw fault;
  return values;
}
