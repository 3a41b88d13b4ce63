/** Which resources an exception covers; all that is given must match, letter by letter. */
export interface ExceptionMatch {
  readonly account?: string;
  /** As findings show it: `global` where the resource has none. */
  readonly region?: string;
  /** ID or ARN. */
  readonly resource?: string;
  /** The resource must have all of these tags with these values. */
  readonly tag?: Readonly<Record<string, string>>;
}

/** One entry of a file below `exceptions/`, once its form has been checked. */
export interface ExceptionEntry {
  readonly id?: string;
  readonly policy: string;
  readonly match: ExceptionMatch;
  readonly reason: string;
  readonly owner: string;
  readonly ticket?: string;
  /** The last day (UTC) on which it holds, `YYYY-MM-DD`. */
  readonly expires: string;
}

/** An exception with the place where it stands, checked by meaning. */
export interface Exception extends ExceptionEntry {
  readonly file: string;
  readonly line: number;
}

/** What a finding says of the exception that covers it. */
export interface Excepted {
  readonly reason: string;
  readonly owner: string;
  readonly ticket?: string;
  /** The last day (UTC) on which it holds, `YYYY-MM-DD`. */
  readonly expires: string;
  readonly file: string;
  readonly line: number;
}

/** An exception that a report speaks of, and how many failing findings it is about. */
export interface ExceptionNote {
  readonly exception: Exception;
  readonly findings: number;
  /** Number of the open pull request that would renew it; told by reports only. */
  readonly renewal?: number;
}

/** What became of the exceptions in one scan. Lists are sorted by file and line. */
export interface ExceptionsState {
  /** Failing findings that are excepted; they count as failing all the same. */
  readonly excepted: number;
  /** In force, but not for long. */
  readonly expiring: readonly ExceptionNote[];
  /** No longer in force; `findings` fail again, and no other exception covers them. */
  readonly expired: readonly ExceptionNote[];
  /** In force, but they except nothing, as a complete scan of what they speak of shows; `why` in words. */
  readonly unused: readonly { readonly exception: Exception; readonly why: string }[];
  /** They match by tag, and the tags of so many failing resources could not be read: these are not excepted. */
  readonly unreadable: readonly (ExceptionNote & { readonly message: string })[];
}
