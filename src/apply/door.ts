import type { Connection } from "../aws/connect.ts";
import { createWriter } from "../aws/writer.ts";
import type { AwsWriter } from "../types/aws.ts";

/**
 * The one door. Nothing else in `src/` imports `aws/writer.ts` (a test reads the imports), and what comes out of it is only ever handed to
 * `applyPlan`, which writes a journal intent before it sends anything.
 */
export function createWriterFor(connection: Connection): AwsWriter {
  return createWriter(connection);
}
