import type { RemoteErrorKind } from "../types/aws.ts";

/** One failed attempt, read off whatever Octokit threw. */
export interface Failure {
  readonly kind: RemoteErrorKind;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly requestId: string;
  readonly detail: string;
  /** `no` where GitHub refused or never got the request. */
  readonly done: "no" | "maybe";
  /** Milliseconds that GitHub wants us to wait; undefined where it did not say. */
  readonly wait: number | undefined;
  /** What the call needs, in the words of a workflow's `permissions`: `contents: write`. Empty where GitHub did not say. */
  readonly accepted: string;
  /** Single sign-on stands in the way. */
  readonly sso: boolean;
}

/** GitHub's advice for secondary limits that come without `retry-after`: at least a minute. */
const SECONDARY_WAIT = 60_000;
const LIMITED = /rate limit|abuse detection/i;
const RULES = /repository rule violations|protected branch|protected ref/i;
const RACED = /fast.?forward|already exists|reference (does not exist|update failed)|wasn't supplied|does not match/i;

export function classify(error: unknown, now: number): Failure {
  const response = member(error, "response");
  if (typeof response !== "object" || response === null) return unanswered(error);
  const headers = member(response, "headers");
  const status = Number(member(response, "status") ?? member(error, "status") ?? 0);
  const detail = words(member(response, "data")) || text(member(error, "message"));
  const limited =
    status === 429 ||
    (status === 403 &&
      (header(headers, "retry-after") !== "" ||
        header(headers, "x-ratelimit-remaining") === "0" ||
        LIMITED.test(detail)));
  return {
    kind: limited ? "throttled" : kindOf(status, detail),
    status,
    requestId: header(headers, "x-github-request-id"),
    detail,
    // A success that could not be read is as unknown as a broken gateway.
    done: !limited && (status >= 500 || status === 408 || status < 300) ? "maybe" : "no",
    wait: limited ? waitOf(headers, now) : undefined,
    accepted: permissions(header(headers, "x-accepted-github-permissions")),
    sso: header(headers, "x-github-sso") !== "",
  };
}

function kindOf(status: number, detail: string): RemoteErrorKind {
  if (status === 401) return "credentials";
  if (status === 403) return "denied";
  if (status === 404 || status === 410) return "not_found";
  if (status === 408) return "timeout";
  // Branch rules come as 422 through refs and as 409 through contents: they are no race, and asking again does not help.
  if ((status === 409 || status === 422) && RULES.test(detail)) return "denied";
  if (status === 409 || status === 412) return "conflict";
  if (status === 422) return RACED.test(detail) ? "conflict" : "invalid";
  return status >= 500 || status < 300 ? "server" : "invalid";
}

const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const TIMEOUTS: ReadonlySet<string> = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ETIMEDOUT"]);

/** Octokit calls a broken connection status 500; what it was stands along the chain of causes. */
function unanswered(error: unknown): Failure {
  let code = "";
  let timedOut = false;
  let at = error;
  for (let depth = 0; depth < 6 && typeof at === "object" && at !== null; depth++) {
    code ||= text(member(at, "code"));
    timedOut ||= member(at, "name") === "TimeoutError";
    at = member(at, "cause");
  }
  return {
    kind: timedOut || TIMEOUTS.has(code) ? "timeout" : "network",
    status: 0,
    requestId: "",
    detail: code || text(member(error, "message")),
    done: NOT_SENT.has(code) ? "no" : "maybe",
    wait: undefined,
    accepted: "",
    sso: false,
  };
}

function waitOf(headers: unknown, now: number): number {
  const after = header(headers, "retry-after");
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const reset = Number(header(headers, "x-ratelimit-reset") || Number.NaN);
  // A second more: the hour ends for them, not for our clock.
  if (header(headers, "x-ratelimit-remaining") === "0" && Number.isFinite(reset)) {
    return Math.max(0, reset * 1000 - now) + 1000;
  }
  return SECONDARY_WAIT;
}

/** GitHub's message, with those of its `errors`: "Validation Failed" alone tells nothing. */
function words(data: unknown): string {
  const errors = member(data, "errors");
  const more = Array.isArray(errors)
    ? errors.map((one: unknown) => {
        if (typeof one === "string") return one;
        return text(member(one, "message")) || [member(one, "field"), member(one, "code")].map(text).join(" ").trim();
      })
    : [];
  return [text(member(data, "message")), ...more].filter((part) => part !== "").join("; ");
}

/** `contents=write; pull_requests=write` (one of them) -> `contents: write or pull-requests: write`. */
function permissions(accepted: string): string {
  return accepted
    .split(";")
    .map((set) =>
      set
        .split(",")
        .map((one) => one.trim().replaceAll("_", "-").replace("=", ": "))
        .join(" and "),
    )
    .filter((one) => one !== "")
    .join(" or ");
}

function header(headers: unknown, name: string): string {
  const value = member(headers, name);
  return typeof value === "number" ? String(value) : text(value);
}
function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
const text = (value: unknown): string => (typeof value === "string" ? value : "");
