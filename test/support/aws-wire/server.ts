/**
 * A stand-in for AWS on loopback, made from the SDK's own operation models: requests are decoded and answers encoded by
 * them, and whatever does not fit is refused. Tests give the answers; see `startAwsWire`.
 *
 * Not a judge of our understanding of AWS's behaviour (moto is that), only of its shapes. Not served: event streams,
 * `aws-chunked` bodies, virtual-hosted buckets, signature checks.
 */
import { createServer, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Operation, type Service, service } from "./model.ts";
import { decodeJson, encodeJson, encodeJsonError } from "./protocol-json.ts";
import { decodeQuery, encodeQuery, encodeXmlError, formOf } from "./protocol-query.ts";
import { decodeRest, encodeRest } from "./protocol-rest.ts";
import { describeRegions, type WireRegion } from "./regions.ts";
import { type Route, routeOf, scopeOf, serviceOf } from "./route.ts";
import { createSts, type StsControl } from "./sts.ts";
import {
  type Partition,
  type WireCall,
  type WireContext,
  WireError,
  type WireHandler,
  type WireRequest,
  type WireResponse,
} from "./types.ts";
import { mismatches } from "./validate.ts";

export type { AssumeRoleAttempt, StsControl } from "./sts.ts";
export { WireError } from "./types.ts";
export type { Partition, WireCall, WireContext, WireHandler, WireRegion };

export interface AwsWireOptions {
  /** Account of every key that AssumeRole did not hand out; 111111111111 by default. */
  readonly account?: string;
  /** Partition of that account; by default that of the region called. */
  readonly partition?: Partition;
  /** What `ec2:DescribeRegions` knows; a few regions of the partition by default. */
  readonly regions?: readonly WireRegion[];
  /** Clock for the expiry of credentials. */
  readonly now?: () => Date;
}

export interface AwsWire {
  /** Endpoint for every client (`AWS_ENDPOINT_URL`, or `endpoint`). */
  readonly url: string;
  /** Every request that was understood, in order of arrival. */
  readonly calls: readonly WireCall[];
  /** `service:Operation` of calls that nothing answers; they got the error `NotStubbed`. */
  readonly unhandled: readonly string[];
  /** Requests or answers that do not fit AWS's model, and handlers that broke. Any entry means a test proves nothing. */
  readonly problems: readonly string[];
  readonly sts: StsControl;
  /** Answers an operation, replacing what answered it before. Throws for names AWS does not have. */
  on<I extends object = Record<string, unknown>>(service: string, operation: string, handler: WireHandler<I>): void;
  /** Throws when there is any problem or unhandled call. */
  assertClean(): void;
  /** Empties calls, unhandled and problems; handlers and STS settings stay. */
  forget(): void;
  stop(): Promise<void>;
}

/** Declared with method syntax on purpose: its parameter is bivariant, which lets a handler name the SDK's input type. */
interface Stored {
  answer(input: object, context: WireContext): object | undefined | Promise<object | undefined>;
}

const asMembers = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Starts a stand-in on a free loopback port. Stop it, or the process stays alive. */
export async function startAwsWire(options: AwsWireOptions = {}): Promise<AwsWire> {
  const { account = "111111111111", partition, now = () => new Date() } = options;
  const sts = createSts({ account, now, ...(partition ? { partition } : {}) });
  const calls: WireCall[] = [];
  const unhandled: string[] = [];
  const problems: string[] = [];
  const handlers = new Map<string, Stored>();
  let served = 0;

  const on = <I extends object>(serviceName: string, operation: string, handler: WireHandler<I>): void => {
    const target = service(serviceName);
    if (!target.operations.has(operation)) throw new Error(`aws-wire: ${target.id} has no operation ${operation}`);
    const stored: { answer(input: I, context: WireContext): ReturnType<WireHandler<I>> } = { answer: handler };
    handlers.set(`${target.id}:${operation}`, stored);
  };
  on("sts", "AssumeRole", sts.assumeRole);
  on("sts", "AssumeRoleWithWebIdentity", sts.assumeRole);
  on("sts", "GetCallerIdentity", sts.getCallerIdentity);

  const broken = (code: string, text: string): WireError => {
    problems.push(text);
    // 400 and a code of our own: neither is retried, so the test sees it at once.
    return new WireError(code, `aws-wire: ${text}`, 400);
  };

  async function perform(target: Service, route: Route, request: WireRequest, context: WireContext): Promise<object> {
    const { operation } = route;
    const name = `${target.id}:${operation.name}`;
    const { input, unread } = await decode(target, route, request);
    const wrong = [...unread.map((key) => `${name} input has the unknown parameter ${key}`)];
    wrong.push(...mismatches(operation.input, input, `${name} input`));
    if (wrong.length > 0 || !asMembers(input)) throw broken("InvalidRequestShape", wrong.join("; "));
    calls.push({ service: target.id, operation: operation.name, input, ...context });
    const handler = handlers.get(name) ?? builtIn(name);
    if (!handler) {
      unhandled.push(name);
      throw new WireError("NotStubbed", `aws-wire: no handler for ${name}`, 400);
    }
    const output = (await handler.answer(input, context)) ?? {};
    const misfit = mismatches(operation.output, output, `${name} output`);
    if (misfit.length > 0) throw broken("InvalidStubAnswer", misfit.join("; "));
    return output;
  }

  // EC2's model is the largest by far, so its default is added when first asked for.
  const builtIn = (name: string): Stored | undefined =>
    name === "ec2:DescribeRegions" ? { answer: describeRegions(options.regions) } : undefined;

  async function respond(request: WireRequest): Promise<WireResponse> {
    const requestId = `wire-${String(++served).padStart(8, "0")}`;
    const scope = scopeOf(request);
    const target = serviceOf(request, scope);
    if (!target) {
      const error = broken(
        "UnknownService",
        `no service for ${request.method} ${request.path} signed as ${scope?.signingName}`,
      );
      return encodeXmlError(service("sts"), error, requestId);
    }
    const context = sts.identify(scope?.accessKeyId ?? "", scope?.region ?? "us-east-1");
    const { route, named } = routeOf(target, request);
    try {
      if (!route) throw broken("UnknownOperation", `${target.id} has no operation for ${named}`);
      const output = await perform(target, route, request, context);
      return withRequestId(encode(target, route.operation, output, requestId), requestId);
    } catch (caught) {
      const what = route ? `${target.id}:${route.operation.name}` : target.id;
      const error = caught instanceof WireError ? caught : broken("StubFailed", `${what}: ${String(caught)}`);
      return withRequestId(encodeError(target, error, requestId), requestId);
    }
  }

  const server = createServer((incoming, outgoing) => {
    readRequest(incoming)
      .then(respond)
      .then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body))
      .catch((error: unknown) => {
        problems.push(String(error));
        outgoing.destroy();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("aws-wire: no port");

  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    unhandled,
    problems,
    sts: sts.control,
    on,
    assertClean: () => {
      const found = [...problems, ...unhandled.map((name) => `not stubbed: ${name}`)];
      if (found.length > 0) throw new Error(`aws-wire:\n${found.join("\n")}`);
    },
    forget: () => {
      for (const list of [calls, unhandled, problems]) list.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // The SDK keeps its sockets open; without this, stop would wait for them.
        server.closeAllConnections();
      }),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  const raw = Buffer.concat(chunks);
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  // CloudWatch's client compresses large requests.
  const body = headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  return { method: incoming.method ?? "GET", path, query: new URLSearchParams(search), headers, body };
}

async function decode(
  target: Service,
  route: Route,
  request: WireRequest,
): Promise<{ input: unknown; unread: string[] }> {
  const { operation, labels } = route;
  if (target.protocol === "awsQuery" || target.protocol === "ec2Query") {
    return decodeQuery(target, operation, formOf(request) ?? new URLSearchParams());
  }
  const rest = target.protocol === "restXml" || target.protocol === "restJson1";
  const input = rest ? await decodeRest(target, operation, request, labels) : await decodeJson(operation, request);
  return { input, unread: [] };
}

function encode(target: Service, operation: Operation, output: object, requestId: string): WireResponse {
  if (target.protocol === "awsQuery" || target.protocol === "ec2Query")
    return encodeQuery(target, operation, output, requestId);
  const rest = target.protocol === "restXml" || target.protocol === "restJson1";
  return rest ? encodeRest(target, operation, output) : encodeJson(target, operation, output);
}

function encodeError(target: Service, error: WireError, requestId: string): WireResponse {
  const json = target.protocol.startsWith("awsJson") || target.protocol === "restJson1";
  return json ? encodeJsonError(target, error) : encodeXmlError(target, error, requestId);
}

function withRequestId(response: WireResponse, requestId: string): WireResponse {
  return {
    ...response,
    headers: { "x-amzn-requestid": requestId, "x-amz-request-id": requestId, ...response.headers },
  };
}
