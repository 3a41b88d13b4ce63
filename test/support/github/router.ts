/** From a method and a path to one of GitHub's operations, and the check that routes and slice name the same operations. */
import { branchRoutes } from "./routes/branches.ts";
import { checkRoutes } from "./routes/checks.ts";
import { commentRoutes } from "./routes/comments.ts";
import { commitRoutes } from "./routes/commits.ts";
import { contentRoutes } from "./routes/contents.ts";
import { gitRoutes } from "./routes/git.ts";
import { issueRoutes } from "./routes/issues.ts";
import { pullRoutes } from "./routes/pulls.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { reviewRoutes } from "./routes/reviews.ts";
import type { Context, Outcome, Route } from "./routes/route.ts";
import type { Contract, RawCall } from "./validate.ts";

const routes: readonly Route[] = [
  ...gitRoutes,
  ...contentRoutes,
  ...commitRoutes,
  ...repositoryRoutes,
  ...branchRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...checkRoutes,
];

export interface Mounted {
  readonly id: string;
  readonly method: string;
  readonly template: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly weight: number;
  readonly run: (raw: RawCall, context: Context) => Outcome;
}

/** Parameters that may hold slashes; clients encode some of them and not others. */
const multi = new Set(["ref", "branch", "basehead", "tree_sha", "path"]);

export function mountRoutes(contract: Contract): Mounted[] {
  const unserved = [...contract.operations.keys()].filter((id) => !routes.some((route) => route.id === id));
  if (unserved.length > 0) throw new Error(`The slice has operations without a route: ${unserved.join(", ")}.`);
  return routes
    .map((route) => {
      const { method, path } = contract.operation(route.id);
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
      const source = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        name === "path" ? "(.*)" : multi.has(name) ? "(.+)" : "([^/]+)",
      );
      // More fixed words win: `/commits/{ref}/status` before `/commits/{ref}`, whose ref would swallow the rest.
      const weight = path.split("/").filter((part) => !part.startsWith("{")).length;
      const pattern = new RegExp(`^${source}$`);
      return { id: route.id, method, template: path, pattern, names, weight, run: route.mount(contract) };
    })
    .sort((a, b) => b.weight - a.weight);
}

export function findRoute(mounted: readonly Mounted[], method: string, path: string) {
  for (const route of mounted) {
    if (route.method !== method) continue;
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const values = match.slice(1).map((value) => decodeURIComponent(value));
    return { route, params: Object.fromEntries(route.names.map((name, index) => [name, values[index] ?? ""])) };
  }
  return undefined;
}
