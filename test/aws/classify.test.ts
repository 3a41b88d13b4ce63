import { expect, test } from "vitest";
import { classify } from "../../src/aws/classify.ts";
import { RemoteError, type RemoteErrorFacts } from "../../src/aws/errors.ts";
import { remedyFor } from "../../src/aws/remedy.ts";

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly status?: number;
  readonly headers?: Record<string, string>;
}
function read(
  { name = "Error", message = "m", code, status, headers = {} }: Thrown,
  service = "ec2",
  emulated = false,
) {
  const error = Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined
      ? {}
      : { $metadata: { httpStatusCode: status, requestId: "r-1" }, $response: { headers } }),
  });
  return classify(service, error, 0, emulated);
}

test.each([
  [{ name: "UnauthorizedOperation", status: 403 }, "denied", "no"],
  [{ name: "RequestLimitExceeded", status: 503 }, "throttled", "no"],
  [{ name: "ThrottlingException", status: 400 }, "throttled", "no"],
  [{ name: "UnknownError", status: 429 }, "throttled", "no"],
  [{ name: "NoSuchPublicAccessBlockConfiguration", status: 404 }, "not_found", "no"],
  [{ name: "InvalidGroup.NotFound", status: 400 }, "not_found", "no"],
  [{ name: "InvalidPermission.Duplicate", status: 400 }, "conflict", "no"],
  [{ name: "DependencyViolation", status: 400 }, "conflict", "no"],
  [{ name: "IncorrectInstanceState", status: 400 }, "conflict", "no"],
  [{ name: "InvalidDBInstanceState", status: 400 }, "conflict", "no"],
  [{ name: "ResourceInUseException", status: 400 }, "conflict", "no"],
  [{ name: "ConcurrentModificationException", status: 400 }, "conflict", "no"],
  [{ name: "InvalidParameterValue", status: 400 }, "invalid", "no"],
  [{ name: "InvalidInstanceType", status: 400 }, "invalid", "no"],
  [{ name: "LimitExceededException", status: 400 }, "invalid", "no"],
  [{ name: "InternalError", status: 500 }, "server", "maybe"],
  [{ name: "Unknown", status: 502 }, "server", "maybe"],
  [{ name: "RequestTimeout", status: 400 }, "timeout", "maybe"],
  [{ name: "ExpiredToken", status: 400 }, "expired", "no"],
  [{ name: "RequestExpired", status: 400 }, "expired", "no"],
  [{ name: "InvalidClientTokenId", status: 403 }, "credentials", "no"],
  [{ name: "InvalidAction", status: 400 }, "unsupported", "no"],
  [{ name: "NotImplemented", status: 501 }, "unsupported", "maybe"],
  // An error that the SDK could not parse is known by its status alone.
  [{ name: "SyntaxError", status: 403 }, "denied", "no"],
  [{ name: "403", status: 403 }, "denied", "no"],
  [{ name: "SyntaxError", status: 200 }, "server", "maybe"],
  [{ name: "PermanentRedirect", status: 301 }, "invalid", "no"],
  // Without an answer.
  [{ name: "TimeoutError", code: "ECONNRESET" }, "network", "maybe"],
  [{ name: "TimeoutError", code: "EPIPE" }, "network", "maybe"],
  [{ name: "TimeoutError", code: "ETIMEDOUT" }, "timeout", "maybe"],
  [
    { name: "TimeoutError", message: "the request socket did not establish a connection with the server" },
    "timeout",
    "no",
  ],
  [{ code: "ECONNREFUSED" }, "network", "no"],
  [{ code: "ENOTFOUND" }, "network", "no"],
  [{ name: "CredentialsProviderError" }, "credentials", "no"],
] satisfies [Thrown, string, string][])("%o is %s", (thrown, kind, done) => {
  expect(read(thrown)).toMatchObject({ kind, done });
});

test("one code may mean different things in different services", () => {
  const limit = { name: "LimitExceededException", status: 400 };
  expect([read(limit, "dynamodb").kind, read(limit, "kms").kind]).toEqual(["throttled", "invalid"]);
});

test("an HTML page is a missing operation only behind an endpoint of one's own", () => {
  const page = { name: "SyntaxError", status: 500, headers: { "Content-Type": "text/html; charset=utf-8" } };
  expect(read(page, "ec2", true)).toMatchObject({ kind: "unsupported", detail: "" });
  expect(read({ ...page, status: 404 }, "lambda", true).kind).toBe("unsupported");
  expect(read({ ...page, status: 503 }, "lambda", true).kind).toBe("server");
  expect(read(page, "ec2", false).kind).toBe("server");
});

test("an answer's wish to wait is read in each of its forms, and bounded", () => {
  const wait = (headers: Record<string, string>) => read({ name: "SlowDown", status: 503, headers }).retryAfter;
  expect(wait({ "Retry-After": "3" })).toBe(3_000);
  expect(wait({ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" })).toBe(5_000);
  expect(wait({ "x-amz-retry-after": "1500" })).toBe(1_500);
  expect(wait({ "retry-after": "86400" })).toBe(30_000);
  expect(wait({ "retry-after": "soon" })).toBeUndefined();
  expect(wait({})).toBeUndefined();
});

test("whatever is thrown is read without a second error", () => {
  for (const thrown of [undefined, null, "text", 7, {}, Object.create(null)]) {
    expect(classify("s3", thrown, 0, false).kind).toBe("network");
  }
});

test("a refused signature is quoted nowhere: AWS answers it with the session token", () => {
  const failure = read({
    name: "SignatureDoesNotMatch",
    message: "canonical: x-amz-security-token:SECRET",
    status: 403,
  });
  expect(failure).toMatchObject({ kind: "credentials", detail: "" });
});

const place = { service: "ec2", operation: "DescribeVpcs", account: "111111111111", region: "eu-west-1" };
const facts: RemoteErrorFacts = {
  ...place,
  kind: "denied",
  code: "UnauthorizedOperation",
  status: 403,
  attempts: 1,
  requestId: "req-9",
  detail: "",
  remedy: undefined,
  maybeDone: false,
};

test("a message is one line that says where, what and how often", () => {
  expect(new RemoteError(facts).message).toBe(
    "ec2:DescribeVpcs in 111111111111/eu-west-1 was denied (UnauthorizedOperation, HTTP 403, 1 attempt, request id req-9)",
  );
  const hostile = new RemoteError({
    ...facts,
    code: "X\n::error::",
    requestId: "\r\n",
    detail: `\u202e${"y".repeat(5_000)}`,
  });
  expect(hostile.message).toMatch(/^[ -~…]+$/);
  expect(hostile.message.length).toBeLessThan(700);
});

test("remedies name what to change", () => {
  const remedy = (thrown: Thrown) =>
    remedyFor(read(thrown), { ...place, role: "evenkeel-read", iam: ["ec2:DescribeVpcs"] });
  expect(remedy({ name: "UnauthorizedOperation", status: 403 })).toBe(
    "allow ec2:DescribeVpcs in role evenkeel-read of account 111111111111",
  );
  const deny = (policy: string) =>
    remedy({ name: "AccessDenied", status: 403, message: `no, with an explicit deny in ${policy}` });
  expect(deny("a service control policy: arn:x")).toContain("in a service control policy forbids");
  expect(deny("an identity-based policy")).toContain("an explicit deny in an identity-based policy forbids");
  expect(remedy({ name: "InvalidClientTokenId", status: 403 })).toContain(
    "region eu-west-1 is enabled in account 111111111111",
  );
  expect(remedy({ name: "RequestTimeTooSkewed", status: 403 })).toBe("set the clock of the runner");
  expect(remedy({ code: "ENOTFOUND" })).toContain("the ec2 endpoint of eu-west-1");
  expect(remedy({ name: "InvalidParameterValue", status: 400 })).toBeUndefined();
});
