/**
 * A GitHub to test against: REST on a loopback port, real git objects, state that lasts as long as the server, and GitHub's own OpenAPI
 * description as the judge of every request and every answer. What a test asserts: `problems` and `unknownRoutes` are empty, `log`
 * holds the calls it expects.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { addToken, authenticate, type TokenOptions } from "./access.ts";
import { type Fault, type FaultEffect, type FaultMatch, Faults } from "./faults.ts";
import { Rates, rateHeaders, readAll, send } from "./http.ts";
import { Refusal, type Reply } from "./reply.ts";
import { findRoute, type Mounted, mountRoutes } from "./router.ts";
import type { Context } from "./routes/route.ts";
import type { World } from "./state.ts";
import { RepoStory } from "./story.ts";
import { Contract, type RawCall } from "./validate.ts";
import { createRepository, createWorld, type RepositoryOptions } from "./world.ts";

export interface GitHubOptions {
  /** One repository acme/policies unless said. */
  readonly repositories?: readonly RepositoryOptions[];
  /** Token -> who it speaks for. `ghs_actions` (the bot github-actions, all scopes) unless said. */
  readonly tokens?: Readonly<Record<string, TokenOptions>>;
  readonly now?: () => Date;
  readonly port?: number;
  /** Calls an hour and token; above it the stand-in refuses as GitHub does. Not counted unless said. */
  readonly rateLimit?: number;
  readonly mergeability?: World["mergeability"];
  /** A GitHub Enterprise Server of this version (`3.14.2`): the API is below /api/v3, as `url` then says, and nowhere else. */
  readonly enterprise?: string;
  /** Whether GitHub signs the commits that it makes: an Enterprise Server does not until web commit signing is turned on. */
  readonly signsCommits?: boolean;
}
export interface LogEntry {
  readonly method: string;
  /** As asked for, without query and without the prefix /api/v3. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** GitHub's template of the path; empty for an unknown route. */
  readonly route: string;
  /** GitHub's operationId, `pulls/create`; empty for an unknown route. */
  readonly operation: string;
  /** 0 when the connection was reset instead of answered. */
  readonly status: number;
  readonly actor: string | undefined;
  readonly body: unknown;
}
export interface GitHubStandIn {
  /** What GITHUB_API_URL and Octokit's baseUrl want. Where no Enterprise Server is asked for, `${url}/api/v3` answers too. */
  readonly url: string;
  /** What GITHUB_SERVER_URL wants: where addresses in answers begin. */
  readonly site: string;
  /** The first repository. */
  readonly repo: RepoStory;
  repository(fullName: string): RepoStory;
  readonly log: LogEntry[];
  readonly problems: string[];
  readonly unknownRoutes: string[];
  /** The logged calls of an operation (`pulls/create`), or those a method and template name (`POST /repos/{owner}/{repo}/pulls`). */
  calls(operation: string): LogEntry[];
  fault(match: FaultMatch, effect: FaultEffect): Fault;
  clearFaults(): void;
  addToken(token: string, options: TokenOptions): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The description is read and routed once for all servers of a process: parsing takes longer than a short test. */
let shared: { contract: Contract; mounted: Mounted[] } | undefined;
function loadShared() {
  if (shared === undefined) {
    const contract = new Contract();
    shared = { contract, mounted: mountRoutes(contract) };
  }
  return shared;
}

export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubStandIn> {
  const { contract, mounted } = loadShared();
  const world = createWorld(
    options.now ?? (() => new Date()),
    options.mergeability ?? "immediate",
    options.signsCommits ?? true,
  );
  for (const repository of options.repositories ?? [{}]) createRepository(world, repository);
  for (const [token, who] of Object.entries(options.tokens ?? { ghs_actions: { login: "github-actions[bot]" } }))
    addToken(world, token, who);
  const faults = new Faults();
  const rates = new Rates(world, options.rateLimit);
  const log: LogEntry[] = [];
  const problems: string[] = [];
  const unknownRoutes: string[] = [];
  let requests = 0;

  const answer = (
    request: IncomingMessage,
    text: string,
    url: URL,
    found: ReturnType<typeof findRoute>,
  ): { reply: Reply; actor?: string; body: unknown } => {
    let actor: string | undefined;
    let body: unknown;
    const done = (reply: Reply) => ({ reply, body, ...(actor === undefined ? {} : { actor }) });
    const broken = (problem: string) => {
      problems.push(`${request.method} ${url.pathname}: ${problem}`);
      return done({ status: 500, body: { message: `The stand-in: ${problem}` } });
    };
    let rate: Context["rate"] | undefined;
    try {
      try {
        body = text === "" ? undefined : JSON.parse(text);
      } catch {
        throw new Refusal(400, "Problems parsing JSON");
      }
      if (found === undefined) {
        unknownRoutes.push(`${request.method} ${url.pathname}`);
        return done({
          status: 404,
          body: {
            message: `The stand-in has no route ${request.method} ${url.pathname}: see scripts/slice-openapi.ts and test/support/github/routes.`,
          },
        });
      }
      const who = authenticate(world, request.headers.authorization);
      actor = who.login;
      rate = rates.count(who.login, found.route.id !== "rate-limit/get");
      const { owner, repo } = found.params;
      const raw: RawCall = { path: found.params, query: Object.fromEntries(url.searchParams), body };
      const outcome = found.route.run(raw, {
        world,
        actor: who,
        repo: owner === undefined ? undefined : world.repositories.get(`${owner}/${repo}`.toLowerCase()),
        url,
        accept: request.headers.accept ?? "",
        rate,
      });
      if ("problem" in outcome && !outcome.tooLarge) return broken(`request ${found.route.id}: ${outcome.problem}`);
      if ("problem" in outcome) throw new Refusal(422, `Invalid request.\n\n${outcome.problem}`);
      const { reply } = outcome;
      const problem = Buffer.isBuffer(reply.body)
        ? undefined
        : contract.problemOfAnswer(found.route.id, reply.status, reply.body);
      return problem === undefined
        ? done({ ...reply, headers: { ...rateHeaders(rate), ...reply.headers } })
        : broken(problem);
    } catch (error) {
      if (!(error instanceof Refusal))
        return broken(error instanceof Error ? (error.stack ?? error.message) : String(error));
      const { reply } = error;
      const problem = found && contract.problemOfAnswer(found.route.id, reply.status, reply.body);
      if (problem !== undefined) return broken(problem);
      return done({ ...reply, headers: { ...(rate === undefined ? {} : rateHeaders(rate)), ...reply.headers } });
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await readAll(request);
    const url = new URL(request.url ?? "/", world.origin);
    const below = url.pathname.startsWith("/api/v3/");
    const path = below ? url.pathname.slice(7) : url.pathname;
    const method = request.method ?? "GET";
    const found = below || options.enterprise === undefined ? findRoute(mounted, method, path) : undefined;
    const template = found?.route.template ?? "";
    const operation = found?.route.id ?? "";
    const effect = faults.next({ method, path, template, operation });
    const record = (status: number, actor?: string, body?: unknown) =>
      log.push({
        method,
        path,
        query: Object.fromEntries(url.searchParams),
        route: template,
        operation,
        status,
        actor,
        body,
      });
    if (effect !== undefined && "reset" in effect) {
      record(0);
      return request.socket.destroy();
    }
    const headers = {
      "x-github-request-id": `STANDIN:${++requests}`,
      ...(below ? { "x-github-enterprise-version": options.enterprise ?? "3.19.0" } : {}),
    };
    if (effect !== undefined && "status" in effect) {
      record(effect.status);
      return send(response, effect, headers);
    }
    if (effect !== undefined && "delayMs" in effect)
      await new Promise((resolve) => setTimeout(resolve, effect.delayMs));
    const { reply, actor, body } = answer(request, text, url, found);
    if (effect !== undefined && "afterWrite" in effect) {
      record(effect.afterWrite === "reset" ? 0 : effect.afterWrite.status, actor, body);
      return effect.afterWrite === "reset" ? request.socket.destroy() : send(response, effect.afterWrite, headers);
    }
    record(reply.status, actor, body);
    return send(response, reply, headers);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      problems.push(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The stand-in has no port.");
  world.origin = `http://127.0.0.1:${address.port}`;

  const repository = (fullName: string): RepoStory => {
    const found = world.repositories.get(fullName.toLowerCase());
    if (found === undefined) throw new Error(`The stand-in has no repository ${fullName}.`);
    return new RepoStory(world, found);
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: options.enterprise === undefined ? world.origin : `${world.origin}/api/v3`,
    site: world.origin,
    repo: repository([...world.repositories.values()][0]?.fullName ?? ""),
    repository,
    log,
    problems,
    unknownRoutes,
    calls: (name) => log.filter((entry) => entry.operation === name || `${entry.method} ${entry.route}` === name),
    fault: (match, effect) => faults.add(match, effect),
    clearFaults: () => faults.clear(),
    addToken: (token, who) => void addToken(world, token, who),
    close,
    [Symbol.asyncDispose]: close,
  };
}
