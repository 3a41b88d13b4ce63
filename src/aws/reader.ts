import type { AwsReader, CallRequest, CallResult } from "../types/aws.ts";
import type { Operation } from "../types/operation.ts";
import { type Connection, coreOf } from "./connect.ts";
import { refusal } from "./core.ts";
import { pagesOf } from "./pages.ts";
import { mainRegion } from "./partition.ts";

/**
 * Reads AWS through the `read` role. What AWS does not class as List or Read, and what hands out stored data or
 * secrets, is refused before anything is sent (RemoteError `invalid`, code `NotARead` or `HandsOutSecrets`). All errors
 * are RemoteErrors.
 */
export function createReader(connection: Connection): AwsReader {
  const core = coreOf(connection);
  const regions = new Map<string, Promise<readonly string[]>>();

  function checked(request: CallRequest): Operation {
    const operation = core.operation(request);
    if (!operation.reads)
      throw refusal(request, "NotARead", "AWS does not class it as List or Read; only a plan's item may send it");
    if (operation.secret !== undefined) throw refusal(request, "HandsOutSecrets", `it hands out ${operation.secret}`);
    return operation;
  }

  const send = (operation: Operation, request: CallRequest): Promise<CallResult> =>
    core.perform("read", operation, request);

  async function* pages(request: CallRequest): AsyncGenerator<CallResult, void, undefined> {
    const operation = checked(request);
    yield* pagesOf(operation, request, (page) => send(operation, page));
  }

  async function enabled(account: string): Promise<readonly string[]> {
    const region = mainRegion(await core.sessions.partition());
    const names: string[] = [];
    // Without AllRegions AWS leaves out what is not enabled; an emulator need not, so the status is read as well.
    for await (const { output } of pages({
      account,
      region,
      service: "ec2",
      operation: "DescribeRegions",
      input: {},
    })) {
      const listed = output["Regions"];
      for (const entry of Array.isArray(listed) ? listed : []) {
        const { name, status } = regionIn(entry);
        if (name !== "" && status !== "not-opted-in") names.push(name);
      }
    }
    return names.sort();
  }

  return {
    counts: core.attempts.calls.read,
    async call(request) {
      return send(checked(request), request);
    },
    pages,
    async enter(account) {
      await core.sessions.get(account, "read");
    },
    regions(account) {
      const known = regions.get(account);
      if (known !== undefined) return known;
      const asked = enabled(account);
      regions.set(account, asked);
      // What failed may be asked for again; what is known stays known.
      asked.catch(() => regions.delete(account));
      return asked;
    },
  };
}

function regionIn(value: unknown): { readonly name: string; readonly status: string } {
  if (typeof value !== "object" || value === null) return { name: "", status: "" };
  const name = "RegionName" in value ? value.RegionName : "";
  const status = "OptInStatus" in value ? value.OptInStatus : "";
  return { name: typeof name === "string" ? name : "", status: typeof status === "string" ? status : "" };
}
