import type { AwsWriter } from "../types/aws.ts";
import { type Connection, coreOf } from "./connect.ts";
import { refusal } from "./core.ts";

/**
 * The door. Only `apply/` opens it, with a planned item whose intent stands in the journal; it leads through the
 * `remediate` role.
 *
 * A write is repeated only where AWS cannot have done it: throttled, refused for an expired session, or never sent.
 * Everything else is a RemoteError; its `maybeDone` says that the result is not known. A reading call is refused: it
 * belongs to the reader, whose role cannot write.
 */
export function createWriter(connection: Connection): AwsWriter {
  const core = coreOf(connection);
  return {
    async enter(account) {
      await core.sessions.get(account, "remediate");
    },
    async send(request) {
      const operation = core.operation(request);
      if (request.item === "") throw refusal(request, "NoItem", "a write needs the plan item that it belongs to");
      if (operation.reads)
        throw refusal(request, "NotAWrite", "AWS classes it as List or Read; the reader makes such calls");
      return core.perform("remediate", operation, request);
    },
  };
}
