/**
 * An HTTP proxy in front of an emulator: it knows which AWS operation each request is, keeps a log, and breaks what a test asks it to
 * break. The Host header stays what the client signed, so an emulator that checks signatures still accepts the request.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Service } from "./aws-wire/model.ts";
import { encodeJsonError } from "./aws-wire/protocol-json.ts";
import { encodeXmlError, formOf } from "./aws-wire/protocol-query.ts";
import { routeOf, scopeOf, serviceOf } from "./aws-wire/route.ts";
import { WireError, type WireRequest, type WireResponse } from "./aws-wire/types.ts";
import { collect, forward, listen } from "./ports.ts";

/** One request as it came in. */
export interface Call {
  /** Short name as in aws-wire: `s3`, `s3control`, `elbv2`, …; the signing name where no client is installed, or empty. */
  readonly service: string;
  /** AWS's name (`PutPublicAccessBlock`); what the request says, or `METHOD /path`, where no model of an installed client has it. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly region: string;
  readonly accessKeyId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether the emulator has seen it. */
  forwarded: boolean;
  /** HTTP status that the client got; absent when it got none (yet). */
  status?: number;
}

/** Everything given has to hold. */
export interface Match {
  readonly service?: string;
  readonly operation?: string | RegExp;
  readonly where?: (call: Call) => boolean;
  /** Lets that many matching calls pass first. */
  readonly skip?: number;
}

/** How often a rule acts; without it, until it is removed. */
export interface Times {
  readonly times?: number;
}

export interface Fault extends Times {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

export interface Rule {
  /** How often it has acted. */
  readonly hits: number;
  remove(): void;
}

export type Hook = (call: Call) => void | Promise<void>;

/** Of the rules that end a call (`fail`, `reset`, `resetAfter`, `hang`) the oldest one still in force acts; delays and hooks add to it. */
export interface Rules {
  /** Answers with an error in the protocol's own form; the emulator sees nothing. */
  fail(match: Match, fault: Fault): Rule;
  /** Breaks the connection; the emulator sees nothing. */
  reset(match: Match, times?: Times): Rule;
  /** Lets the emulator do it, then breaks the connection: done, and the client cannot know. */
  resetAfter(match: Match, times?: Times): Rule;
  delay(match: Match, milliseconds: number, times?: Times): Rule;
  /** Never answers; the emulator sees nothing. */
  hang(match: Match, times?: Times): Rule;
  /** Runs before the emulator sees the call, or after it answered and before the client hears. A hook that throws breaks the connection. */
  on(match: Match, hook: Hook, options?: Times & { readonly when?: "before" | "after" }): Rule;
  clear(): void;
}

export interface FaultProxy {
  /** For AWS_ENDPOINT_URL or a client's `endpoint`. */
  readonly url: string;
  readonly calls: Call[];
  readonly rules: Rules;
  stop(): Promise<void>;
}

type Effect =
  | { readonly kind: "fail"; readonly fault: Fault }
  | { readonly kind: "reset" | "resetAfter" | "hang" }
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "before" | "after"; readonly hook: Hook };

interface Armed {
  readonly match: Match;
  readonly effect: Effect;
  skip: number;
  left: number;
  hits: number;
}

/** Starts the proxy on a free loopback port. `target` is the emulator's url. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const armed: Armed[] = [];
  const calls: Call[] = [];

  const arm = (match: Match, effect: Effect, times: Times = {}): Rule => {
    const rule: Armed = {
      match,
      effect,
      skip: match.skip ?? 0,
      left: times.times ?? Number.POSITIVE_INFINITY,
      hits: 0,
    };
    armed.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove() {
        rule.left = 0;
      },
    };
  };
  const rules: Rules = {
    fail: (match, fault) => arm(match, { kind: "fail", fault }, fault),
    reset: (match, times) => arm(match, { kind: "reset" }, times),
    resetAfter: (match, times) => arm(match, { kind: "resetAfter" }, times),
    delay: (match, milliseconds, times) => arm(match, { kind: "delay", milliseconds }, times),
    hang: (match, times) => arm(match, { kind: "hang" }, times),
    on: (match, hook, options) => arm(match, { kind: options?.when ?? "before", hook }, options),
    clear: () => void armed.splice(0),
  };

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await collect(incoming);
    const { call, service } = recognise(incoming, body);
    calls.push(call);
    // Taken before anything is awaited further: a hook's own calls through the proxy must not use up or repeat this rule.
    const { effects, ending } = take(armed, call);
    for (const effect of effects) {
      if (effect.kind === "delay") await new Promise((resolve) => setTimeout(resolve, effect.milliseconds).unref());
      if (effect.kind === "before") await effect.hook(call);
    }
    if (ending?.kind === "hang") return;
    if (ending?.kind === "reset") return void incoming.socket.resetAndDestroy();
    if (ending?.kind === "fail") {
      const answer = errorAnswer(service, ending.fault);
      call.status = answer.status;
      // An answer to HEAD has no body; the SDK then knows the error by its status alone, as with AWS.
      return void outgoing
        .writeHead(answer.status, answer.headers)
        .end(call.method === "HEAD" ? undefined : answer.body);
    }
    const answer = await forward(target, incoming, body);
    call.forwarded = true;
    for (const effect of effects) if (effect.kind === "after") await effect.hook(call);
    if (ending?.kind === "resetAfter") return void incoming.socket.resetAndDestroy();
    call.status = answer.status;
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((incoming, outgoing) => {
    // An emulator that is gone, or a hook that threw: to the client both are a broken connection.
    handle(incoming, outgoing).catch(() => incoming.socket.resetAndDestroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    rules,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Hanging calls would keep it open for ever.
        server.closeAllConnections();
      }),
  };
}

/** What the rules in force do to a call, each counted as used. */
function take(armed: readonly Armed[], call: Call): { effects: Effect[]; ending: Effect | undefined } {
  const effects: Effect[] = [];
  let ending: Effect | undefined;
  for (const rule of armed) {
    if (rule.left === 0 || !matches(rule.match, call)) continue;
    if (rule.skip > 0) {
      rule.skip--;
      continue;
    }
    const { kind } = rule.effect;
    const ends = kind !== "delay" && kind !== "before" && kind !== "after";
    if (ends && ending !== undefined) continue;
    rule.left--;
    rule.hits++;
    if (ends) ending = rule.effect;
    else effects.push(rule.effect);
  }
  return { effects, ending };
}

function matches({ service, operation, where }: Match, call: Call): boolean {
  const named =
    typeof operation === "string" ? operation === call.operation : (operation?.test(call.operation) ?? true);
  return named && (service === undefined || service === call.service) && (where?.(call) ?? true);
}

/** Who calls what. The service is absent where no installed client signs like that; such a request is passed on all the same. */
function recognise(incoming: IncomingMessage, body: Buffer): { call: Call; service: Service | undefined } {
  const { method = "GET" } = incoming;
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  const request: WireRequest = { method, path, query: new URLSearchParams(search), headers, body };
  const scope = scopeOf(request);
  const service = serviceOf(request, scope);
  const found = service === undefined ? undefined : routeOf(service, request);
  const asked = headers["x-amz-target"]?.split(".").at(-1) ?? formOf(request)?.get("Action");
  const call: Call = {
    service: service?.id ?? scope?.signingName ?? "",
    operation: found?.route?.operation.name ?? asked ?? `${method} ${path}`,
    method,
    path,
    query: request.query,
    region: scope?.region ?? "",
    accessKeyId: scope?.accessKeyId ?? "",
    headers,
    body: body.toString("utf8"),
    at: Date.now(),
    forwarded: false,
  };
  return { call, service };
}

const REQUEST_ID = "00000000-0000-4000-8000-000000000000";

/** The error as the service's protocol writes it, so that the SDK reads code and message from it. */
function errorAnswer(service: Service | undefined, { code, message = code, status }: Fault): WireResponse {
  const headers = { "x-amzn-requestid": REQUEST_ID, "x-amz-request-id": REQUEST_ID };
  const error = new WireError(code, message, status, { headers });
  if (service === undefined) return { status, headers, body: message };
  const json = service.protocol.startsWith("awsJson") || service.protocol === "restJson1";
  return json ? encodeJsonError(service, error) : encodeXmlError(service, error, REQUEST_ID);
}
