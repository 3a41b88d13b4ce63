import type { CallRequest, CallResult } from "../types/aws.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { Operation } from "../types/operation.ts";
import { RemoteError } from "./errors.ts";
import { at, withPageSize } from "./input.ts";

/**
 * All pages of a call, one after the other; of an operation without pages, its one answer. A token that comes twice is
 * an error: the list would never end, and what was read so far is not the whole.
 */
export async function* pagesOf(
  operation: Operation,
  request: CallRequest,
  call: (request: CallRequest) => Promise<CallResult>,
): AsyncGenerator<CallResult, void, undefined> {
  const pagination = operation.pagination;
  if (pagination === undefined) {
    const result = await call(request);
    yield result;
    // AWS says that there is more, and the model does not say how to ask for it: part of a list must not pass for the whole.
    if (result.output["IsTruncated"] === true) throw incomplete(request, result, "Truncated", "AWS cut the list short");
    return;
  }
  let input: JsonObject = withPageSize(operation, request.input);
  const seen = new Set<string>();
  for (;;) {
    const result = await call({ ...request, input });
    yield result;
    const token = at(result.output, pagination.outputToken);
    if (isEnd(token)) return;
    const key = JSON.stringify(token);
    if (seen.has(key)) {
      throw incomplete(
        request,
        result,
        "RepeatedPageToken",
        "AWS gave the same page token twice; the list is not complete",
      );
    }
    seen.add(key);
    input = { ...input, [pagination.inputToken]: token };
  }
}

/** An empty token ends a list as much as none does. */
function isEnd(token: Json | undefined): token is undefined | null | "" {
  return (
    token === undefined ||
    token === null ||
    token === "" ||
    (typeof token === "object" && Object.keys(token).length === 0)
  );
}

function incomplete(request: CallRequest, result: CallResult, code: string, detail: string): RemoteError {
  return new RemoteError({
    kind: "server",
    service: request.service,
    operation: request.operation,
    account: request.account,
    region: request.region,
    code,
    status: 200,
    attempts: result.attempts,
    requestId: result.requestId,
    detail,
    remedy: "run again; if it happens again, report it with the request id",
    maybeDone: false,
  });
}
