/** Objects below a prefix that is this repository's own. Each write names what it replaces, so that none is lost. */
export interface ObjectStore {
  /** For messages: `s3://BUCKET/PREFIX`. */
  readonly place: string;
  /** The names below the prefix, sorted, all of them. Errors: the store's own, also where only a part could be listed. */
  names(): Promise<readonly string[]>;
  /** Undefined where there is no such object. */
  get(name: string): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** Writes where nothing is, or in the place of a version; gives the new version, or undefined where something else stands there. */
  put(name: string, text: string, replaces: string | undefined): Promise<string | undefined>;
}
