import type { Connection } from "../aws/connect.ts";
import { createWriter } from "../aws/writer.ts";
import type { AwsWriter } from "../types/aws.ts";

/**
 * The one door. Nothing else in `src/` imports `aws/writer.ts` (a test reads the imports), and what comes out of it is only ever handed to
 * `applyPlan`, which writes a journal intent before it sends anything. `hold` is asked before each write, and throws where this run may write no more.
 */
export function createWriterFor(connection: Connection, hold: () => Promise<void> = async () => undefined): AwsWriter {
  const writer = createWriter(connection);
  return {
    enter: (account) => writer.enter(account),
    async send(request) {
      await hold();
      return writer.send(request);
    },
  };
}
