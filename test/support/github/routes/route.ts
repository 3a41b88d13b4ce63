/** The shape of a route: one of GitHub's operations, what a token must hold for it, and what it does to the state. */
import type { Need } from "../access.ts";
import { authorise } from "../access.ts";
import { notFound, type Reply } from "../reply.ts";
import type { Actor, Repository, World } from "../state.ts";
import type { BodyOf, Contract, OperationId, PathOf, QueryOf, RawCall } from "../validate.ts";

export interface Context {
  readonly world: World;
  readonly actor: Actor;
  readonly repo: Repository | undefined;
  /** The address asked for, as the client sees it: links to further pages are built from it. */
  readonly url: URL;
  readonly accept: string;
  readonly rate: { readonly limit: number; readonly used: number; readonly resetAt: number };
}
export interface Call<Id extends OperationId> extends Omit<Context, "repo"> {
  readonly repo: Repository;
  readonly path: PathOf<Id>;
  readonly query: QueryOf<Id>;
  readonly body: BodyOf<Id>;
}
/** Either an answer, or why the request is not one that GitHub's description allows. */
export type Outcome = { readonly reply: Reply } | { readonly problem: string; readonly tooLarge: boolean };
export interface Route {
  readonly id: OperationId;
  mount(contract: Contract): (raw: RawCall, context: Context) => Outcome;
}

/** A route inside a repository. */
export function route<Id extends OperationId>(id: Id, need: Need, handle: (call: Call<Id>) => Reply): Route {
  return {
    id,
    mount(contract) {
      const read = contract.reader(id);
      return (raw, context) => {
        const call = read(raw);
        if (!call.ok) return { problem: call.text, tooLarge: call.tooLarge };
        const { repo } = context;
        if (repo === undefined) throw notFound();
        authorise(repo, context.actor, need);
        return { reply: handle({ ...context, repo, path: call.path, query: call.query, body: call.body }) };
      };
    },
  };
}

/** A route outside of any repository: it only needs a token that is known. */
export function siteRoute<Id extends OperationId>(id: Id, handle: (call: Omit<Call<Id>, "repo">) => Reply): Route {
  return {
    id,
    mount(contract) {
      const read = contract.reader(id);
      return (raw, context) => {
        const call = read(raw);
        if (!call.ok) return { problem: call.text, tooLarge: call.tooLarge };
        return { reply: handle({ ...context, path: call.path, query: call.query, body: call.body }) };
      };
    },
  };
}
