/** AWS in memory for the small catalogue: a reader and a writer over buckets that tests can spoil, delay and count. */
import { RemoteError } from "../../src/aws/errors.ts";
import type { AwsReader, AwsWriter, CallRequest, CallResult, RemoteErrorKind } from "../../src/types/aws.ts";
import type { Json, JsonObject } from "../../src/types/json.ts";

export interface Bucket {
  Name: string;
  CreationDate?: string;
  Block?: JsonObject;
  Tags?: Readonly<Record<string, string>>;
  Policy?: string;
  Location?: string;
  Versioning?: string;
}

export function refused(kind: RemoteErrorKind, code: string, request: CallRequest, maybeDone = false): RemoteError {
  const { service, operation, account, region } = request;
  const remedy = kind === "denied" ? `allow ${service}:${operation}` : undefined;
  return new RemoteError({
    service,
    operation,
    account,
    region,
    kind,
    code,
    status: 400,
    attempts: 1,
    requestId: "r-1",
    detail: "",
    remedy,
    maybeDone,
  });
}

type Spoil = (request: CallRequest, count: number) => Promise<void> | void;

export class FakeAws implements AwsReader, AwsWriter {
  readonly buckets: Bucket[];
  /** Of each account; absent: no block at all. */
  accountBlock: JsonObject | undefined;
  policies: readonly JsonObject[] = [];
  /** Calls in order, `service:Operation resource`. */
  readonly log: string[] = [];
  readonly sent: string[] = [];
  readonly counts = new Map<string, number>();
  readonly entered: string[] = [];
  pageSize = 2;
  enabled: readonly string[] = ["us-east-1"];
  /** Called before every answer; throws or waits. */
  spoil: Spoil = () => undefined;
  /** Called after a write was done, before its answer is given. */
  afterWrite: Spoil = () => undefined;
  onEnter: (account: string) => void = () => undefined;

  constructor(buckets: readonly Bucket[]) {
    this.buckets = buckets.map((bucket) => ({ CreationDate: "2024-01-01T00:00:00.000Z", ...bucket }));
  }

  async enter(account: string): Promise<void> {
    this.entered.push(account);
    this.onEnter(account);
  }

  async regions(): Promise<readonly string[]> {
    return this.enabled;
  }

  async call(request: CallRequest): Promise<CallResult> {
    await this.#counted(request);
    return { output: this.#answer(request), requestId: "r", attempts: 1 };
  }

  async *pages(request: CallRequest): AsyncIterable<CallResult> {
    const name = `${request.service}:${request.operation}`;
    const key = name === "iam:ListPolicies" ? "Policies" : "Buckets";
    const all: readonly Json[] = name === "iam:ListPolicies" ? this.policies : this.buckets.map(listed);
    for (let from = 0; from === 0 || from < all.length; from += this.pageSize) {
      await this.#counted(request);
      yield { output: { [key]: all.slice(from, from + this.pageSize) }, requestId: "r", attempts: 1 };
    }
  }

  async send(request: CallRequest & { readonly item: string }): Promise<CallResult> {
    const name = `${request.service}:${request.operation}`;
    const bucket = this.#bucket(request);
    await this.#counted(request);
    this.sent.push(`${name} ${bucket.Name}`);
    if (name === "s3:PutPublicAccessBlock") bucket.Block = object(request.input["PublicAccessBlockConfiguration"]);
    else if (name === "s3:DeletePublicAccessBlock") delete bucket.Block;
    else throw new Error(`no ${name} here`);
    await this.afterWrite(request, this.counts.get(name) ?? 0);
    return { output: {}, requestId: "w", attempts: 1 };
  }

  async #counted(request: CallRequest): Promise<void> {
    const name = `${request.service}:${request.operation}`;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    const { Bucket: bucket } = request.input;
    this.log.push(typeof bucket === "string" ? `${name} ${bucket}` : name);
    await this.spoil(request, count);
  }

  #answer(request: CallRequest): JsonObject {
    const not = (code: string) => refused("not_found", code, request);
    switch (`${request.service}:${request.operation}`) {
      case "s3control:GetPublicAccessBlock":
        if (this.accountBlock === undefined) throw not("NoSuchPublicAccessBlockConfiguration");
        return { PublicAccessBlockConfiguration: this.accountBlock };
      case "s3:GetPublicAccessBlock":
        return {
          PublicAccessBlockConfiguration:
            this.#bucket(request).Block ?? raise(not("NoSuchPublicAccessBlockConfiguration")),
        };
      case "s3:GetBucketVersioning":
        return { Status: this.#bucket(request).Versioning ?? "Suspended" };
      case "s3:GetBucketPolicy":
        return { Policy: this.#bucket(request).Policy ?? raise(not("NoSuchBucketPolicy")) };
      case "s3:GetBucketLocation":
        return { LocationConstraint: this.#bucket(request).Location ?? "eu-west-1" };
      case "s3:GetBucketTagging": {
        const { Tags } = this.#bucket(request);
        if (Tags === undefined) throw not("NoSuchTagSet");
        return { TagSet: Object.entries(Tags).map(([Key, Value]) => ({ Key, Value })) };
      }
      default:
        throw new Error(`no ${request.service}:${request.operation} here`);
    }
  }

  #bucket({ input }: CallRequest): Bucket {
    return this.buckets.find(({ Name }) => Name === input["Bucket"]) ?? raise(new Error("no such bucket"));
  }
}

function listed({ Name, CreationDate = "" }: Bucket): JsonObject {
  return { Name, CreationDate };
}

function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !("length" in value)
    ? { ...value }
    : raise(new Error("no object"));
}

function raise(error: Error): never {
  throw error;
}
