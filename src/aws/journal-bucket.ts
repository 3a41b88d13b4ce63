import type { ObjectStore } from "../apply/object-store.ts";
import type { JsonObject } from "../types/json.ts";
import { type Connection, coreOf } from "./connect.ts";
import { RemoteError } from "./errors.ts";

/** Where the journal lies: one bucket, whose owner is known, and in it one prefix, which ends with a slash. */
export interface BucketPlace {
  readonly bucket: string;
  /** Of the bucket's owner: AWS refuses the call where the bucket is somebody else's by now. */
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
}

/** For two writers that meet at one name, AWS asks both to try again. */
const TRIES = 6;
const BACKOFF = 200;

/**
 * The bucket of the journal, used with the caller's own credentials: it lies in the hub's account, which has none of the roles. What is sent is named
 * here and nowhere else: s3:ListObjectsV2, s3:GetObject and s3:PutObject, of this bucket and below this prefix. A write replaces nothing but what it
 * names, so it may be repeated like a read: a second one of the same finds the first, and is refused. Errors: RemoteError.
 */
export function createJournalBucket(
  connection: Connection,
  { bucket, account, region, prefix }: BucketPlace,
): ObjectStore {
  const core = coreOf(connection);
  async function send(operation: "ListObjectsV2" | "GetObject" | "PutObject", input: JsonObject): Promise<JsonObject> {
    const request = { account, region, service: "s3", operation, input: { Bucket: bucket, ...input } };
    return (await core.perform("caller", core.operation(request), request)).output;
  }
  /** Never an object of somebody else's, whatever it is called. */
  function keyOf(name: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(name))
      throw new Error(`no name of an object of the journal: ${name}`);
    return `${prefix}${name}`;
  }
  return {
    place: `s3://${bucket}/${prefix}`,
    async names() {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = await send("ListObjectsV2", {
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        });
        for (const key of keysIn(page)) if (key.startsWith(prefix)) names.push(key.slice(prefix.length));
        const { IsTruncated: more, NextContinuationToken: next } = page;
        token = typeof next === "string" && next !== "" ? next : undefined;
        if (more === true && token === undefined) throw new Error(`s3://${bucket} was listed only in part`);
      } while (token !== undefined);
      return names.sort();
    },
    async get(name) {
      try {
        const { Body: body, ETag: version } = await send("GetObject", { Key: keyOf(name) });
        return {
          text: Buffer.from(typeof body === "string" ? body : "", "base64").toString("utf8"),
          version: String(version),
        };
      } catch (error) {
        // A bucket that is not there is "not found" as well, and no journal that is empty.
        if (codeOf(error) === "NoSuchKey") return undefined;
        throw error;
      }
    },
    async put(name, text, replaces) {
      const condition = replaces === undefined ? { IfNoneMatch: "*" } : { IfMatch: replaces };
      const input = {
        Key: keyOf(name),
        Body: Buffer.from(text).toString("base64"),
        ContentType: "application/x-ndjson",
        ...condition,
      };
      for (let attempt = 1; ; attempt += 1) {
        try {
          return String((await send("PutObject", input))["ETag"]);
        } catch (error) {
          const code = codeOf(error);
          // What should be replaced is not there at all.
          if (code === "PreconditionFailed" || (code === "NoSuchKey" && replaces !== undefined)) return undefined;
          if (code !== "ConditionalRequestConflict" || attempt === TRIES) throw error;
          await core.options.clock.sleep(BACKOFF * attempt * (0.5 + core.options.random()));
        }
      }
    },
  };
}

function keysIn({ Contents: contents }: JsonObject): string[] {
  if (!Array.isArray(contents)) return [];
  return contents.flatMap((one: unknown) => {
    const key: unknown = typeof one === "object" && one !== null && "Key" in one ? one.Key : undefined;
    return typeof key === "string" ? [key] : [];
  });
}

function codeOf(error: unknown): string {
  return error instanceof RemoteError ? error.code : "";
}
