import type { ClaimStore } from "../apply/claim.ts";
import { objectClaim, objectJournal } from "../apply/journal-objects.ts";
import type { ObjectStore } from "../apply/object-store.ts";
import { RemoteError } from "../aws/errors.ts";
import { createJournalBucket } from "../aws/journal-bucket.ts";
import { JournalError } from "../errors.ts";
import type { JournalPlace } from "../types/catalogue.ts";
import type { Io } from "../types/io.ts";
import type { BatchedJournal } from "../types/journal.ts";
import { type Callable, goOnline } from "./connection.ts";

export interface BucketJournal {
  readonly journal: BatchedJournal;
  readonly claim: ClaimStore;
  /** Names this run in the journal: a workflow run's attempt (`50-1`), or what stands in CloudTrail as the session. */
  readonly run: string;
  close(): void;
}

/** The journal in its bucket, with the credentials of whoever runs this. Nothing is sent yet. */
export function openBucket(from: Callable, place: JournalPlace, io: Io): BucketJournal {
  const { connection, run: session } = goOnline(from, io);
  const store = saying(createJournalBucket(connection, place));
  const run = session.replace(/^evenkeel-(?=\d+-\d+$)/, "");
  return {
    journal: objectJournal(store, { run, debug: () => undefined }),
    claim: objectClaim(store),
    run,
    close: () => connection.close(),
  };
}

/** Says that it was the journal that failed: without it a run must stop, whatever AWS's reason. */
function saying(store: ObjectStore): ObjectStore {
  const tell = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const remedy = error.remedy === undefined ? "" : `. To mend it: ${error.remedy}`;
      throw new JournalError(`the journal in ${store.place} cannot be used: ${error.message}${remedy}`, {
        cause: error,
      });
    }
  };
  return {
    place: store.place,
    names: () => tell(() => store.names()),
    get: (name) => tell(() => store.get(name)),
    put: (name, text, replaces) => tell(() => store.put(name, text, replaces)),
  };
}
