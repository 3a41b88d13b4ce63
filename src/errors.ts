/**
 * Two of the three kinds of error. The third, the remote's (`RemoteFailure`), is made in `aws/` and `github/`, where the facts are.
 *
 * - the user's: wrong input; says where (file, line, column), what was expected and the nearest valid name; all problems at once
 * - ours: a bug; says how to report it
 */
export interface Problem {
  /** Path as the user would type it, relative to the working directory. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly nearest?: string | undefined;
}

export class UserError extends Error {
  override readonly name = "UserError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join("\n"));
    this.problems = problems;
  }
}

/** Wrong input that stands in no file: a flag, an environment variable, the state of a repository. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Without its journal a run must stop: an outcome that it made up would close what the next run has to finish. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/** A state that cannot be, if the program is right. */
export class Bug extends Error {
  override readonly name = "Bug";
}

export function problemText(problem: Problem): string {
  const nearest = problem.nearest === undefined ? "" : ` (did you mean ${problem.nearest}?)`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}${nearest}`;
}

/** For switches over closed lists: adding a member without handling it fails the type check here. */
export function unreachable(value: never): never {
  throw new Bug(`unexpected ${JSON.stringify(value)}`);
}
