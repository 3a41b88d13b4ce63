import type { RemoteErrorKind } from "../types/aws.ts";
import { kindOfCode } from "./error-codes.ts";

/** One failed attempt, read off whatever the SDK threw. */
export interface Failure {
  readonly kind: RemoteErrorKind;
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly requestId: string;
  readonly detail: string;
  /** Whether AWS may have done what was asked: `no` where the request was not sent, or was answered by a refusal. */
  readonly done: "no" | "maybe";
  /** Milliseconds that the answer asked us to wait; undefined where it did not. */
  readonly retryAfter: number | undefined;
}

/** Longest wait that an answer can impose: beyond it the budget of the run is worth more than the call. */
const LONGEST_RETRY_AFTER = 30_000;

/**
 * `emulated`: an endpoint override is set. An emulator answers an operation it does not have with an HTML page and
 * status 500 or 404; behind AWS's own endpoints an HTML page comes from a broken load balancer and is worth another
 * attempt.
 */
export function classify(service: string, error: unknown, now: number, emulated: boolean): Failure {
  const metadata = member(error, "$metadata");
  const response = member(error, "$response");
  const headers = member(response, "headers");
  const status = integer(member(metadata, "httpStatusCode")) ?? integer(member(response, "statusCode")) ?? 0;
  const requestId = text(member(metadata, "requestId")) || text(member(metadata, "extendedRequestId"));
  const code = codeOf(error, status);
  const html = header(headers, "content-type").startsWith("text/html");
  const kind = kindOf(service, code, status, emulated && html, error);
  const answered = status > 0;
  return {
    kind,
    code,
    status,
    requestId,
    // Refused signatures are answered with the canonical request, which holds the session token.
    detail:
      kind === "credentials" || html || PARSERS.has(text(member(error, "name"))) ? "" : text(member(error, "message")),
    done: answered ? (refusal(kind, status) ? "no" : "maybe") : unsent(error, code) ? "no" : "maybe",
    retryAfter: retryAfter(headers, now),
  };
}

/** Names of errors that are about our reading of an answer, not about what AWS said. */
const PARSERS: ReadonlySet<string> = new Set([
  "SyntaxError",
  "TypeError",
  "RangeError",
  "Error",
  "Unknown",
  "UnknownError",
  "",
]);

function codeOf(error: unknown, status: number): string {
  const name = text(member(error, "name"));
  // The SDK calls resets "TimeoutError", and keeps what they were in `code`.
  const system = text(member(error, "code"));
  if (status === 0 && /^E[A-Z_]+$/.test(system)) return system;
  if (!PARSERS.has(name) && !/^\d+$/.test(name)) return name;
  return status > 0 ? `Http${status}` : name || "Error";
}

function kindOf(service: string, code: string, status: number, emulatorPage: boolean, error: unknown): RemoteErrorKind {
  if (emulatorPage && (status === 500 || status === 501 || status === 404 || status === 405)) return "unsupported";
  if (status === 0) {
    if (code === "ETIMEDOUT" || code === "TimeoutError" || code === "ESOCKETTIMEDOUT") return "timeout";
    if (code === "CredentialsProviderError" || code === "TokenProviderError") return "credentials";
    if (/^E[A-Z_]+$/.test(code) || code === "NetworkingError" || code === "AbortError") return "network";
    // Nothing was answered and the network is not to blame: the SDK refused the input ("No value provided for input
    // HTTP label").
    return error instanceof Error ? "invalid" : "network";
  }
  const named = kindOfCode(service, code);
  if (named !== undefined) return named;
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "not_found";
  if (status === 408) return "timeout";
  if (status === 409 || status === 412) return "conflict";
  if (status === 429) return "throttled";
  if (status === 501) return "unsupported";
  // Success that could not be parsed is as good as a server error: nobody knows what it said.
  return status >= 500 || status < 300 ? "server" : "invalid";
}

function refusal(kind: RemoteErrorKind, status: number): boolean {
  if (kind === "throttled") return true;
  return status >= 300 && status < 500 && kind !== "timeout" && kind !== "server";
}

const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);

function unsent(error: unknown, code: string): boolean {
  if (NOT_SENT.has(code) || code === "CredentialsProviderError" || code === "TokenProviderError") return true;
  // The handler names both of its timeouts "TimeoutError"; only the words tell the one before the connection stood.
  return /did not establish a connection/.test(text(member(error, "message")));
}

function retryAfter(headers: unknown, now: number): number | undefined {
  const milliseconds = Number(header(headers, "x-amz-retry-after") || Number.NaN);
  const given = header(headers, "retry-after");
  const seconds = /^\d+(\.\d+)?$/.test(given) ? Number(given) * 1000 : Date.parse(given) - now;
  const wait = Number.isFinite(milliseconds) ? milliseconds : seconds;
  return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER) : undefined;
}

function header(headers: unknown, name: string): string {
  if (typeof headers !== "object" || headers === null) return "";
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return text(entry?.[1]);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const integer = (value: unknown): number | undefined => (Number.isInteger(value) ? Number(value) : undefined);
