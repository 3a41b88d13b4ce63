import { expect, test } from "vitest";
import { classify } from "../../src/github/classify.ts";

const answer = (status: number, data: unknown, headers: Record<string, string> = {}) => ({
  status,
  message: "octokit's words",
  response: { status, headers, data },
});

test("every status has its kind", () => {
  const kind = (status: number, message = "") => classify(answer(status, { message }), 0).kind;
  expect([400, 401, 403, 404, 408, 409, 410, 422, 429, 500, 503].map((status) => kind(status))).toEqual([
    "invalid",
    "credentials",
    "denied",
    "not_found",
    "timeout",
    "conflict",
    "not_found",
    "invalid",
    "throttled",
    "server",
    "server",
  ]);
  expect(kind(403, "You have exceeded a secondary rate limit.")).toBe("throttled");
  expect(kind(422, "Update is not a fast forward")).toBe("conflict");
  expect(kind(422, "Repository rule violations found\n\nCannot update this protected ref.")).toBe("denied");
  expect(kind(409, "Repository rule violations found")).toBe("denied");
});

test("what may have been done is unknown after errors of the server, and certain after refusals", () => {
  const done = (status: number) => classify(answer(status, {}), 0).done;
  expect([403, 404, 409, 422, 429].map(done)).toEqual(["no", "no", "no", "no", "no"]);
  expect([500, 502, 408, 201].map(done)).toEqual(["maybe", "maybe", "maybe", "maybe"]);
});

test("how long to wait: what the answer says, the end of the hour, or a minute", () => {
  const wait = (headers: Record<string, string>, message = "") =>
    classify(answer(403, { message }, headers), 5_000).wait;
  expect(wait({ "retry-after": "12" })).toBe(12_000);
  expect(wait({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "65" })).toBe(61_000);
  expect(wait({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" })).toBe(1_000);
  expect(wait({}, "secondary rate limit")).toBe(60_000);
  expect(wait({}, "Resource not accessible by integration")).toBeUndefined();
});

test("GitHub's words come with those of its list of errors, and with the permission it wants", () => {
  const data = {
    message: "Validation Failed",
    errors: [
      { resource: "PullRequest", code: "custom", message: "No commits between main and x" },
      { field: "head", code: "invalid" },
    ],
  };
  expect(classify(answer(422, data), 0).detail).toBe("Validation Failed; No commits between main and x; head invalid");
  const headers = { "x-accepted-github-permissions": "issues=write; pull_requests=write,contents=read" };
  expect(classify(answer(403, {}, headers), 0).accepted).toBe(
    "issues: write or pull-requests: write and contents: read",
  );
});

test("a broken connection is read off the chain of causes; Octokit calls it status 500", () => {
  const broken = (code: string) => {
    const cause = Object.assign(new Error("connect"), { code });
    return classify(
      Object.assign(new Error("fetch failed", { cause: new TypeError("fetch failed", { cause }) }), { status: 500 }),
      0,
    );
  };
  expect(broken("ECONNREFUSED")).toMatchObject({ kind: "network", status: 0, done: "no", detail: "ECONNREFUSED" });
  expect(broken("ECONNRESET")).toMatchObject({ kind: "network", done: "maybe" });
  expect(broken("UND_ERR_HEADERS_TIMEOUT")).toMatchObject({ kind: "timeout", done: "maybe" });
  expect(classify(new DOMException("too late", "TimeoutError"), 0)).toMatchObject({ kind: "timeout", done: "maybe" });
  expect(classify("odd", 0)).toMatchObject({ kind: "network", done: "maybe", detail: "" });
});
