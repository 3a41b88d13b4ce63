import { type Check, judge, ok, wrong } from "./check.ts";
import type { DoctorFacts, EnvironmentFacts } from "./facts.ts";
import { reportsWithOwnToken } from "./workflow-checks.ts";

/** The repository, its environment and what Actions may do in it. */
export function repositoryChecks(facts: DoctorFacts): Check[] {
  const { settings } = facts;
  return [
    settings.private
      ? ok("repository-private", `${settings.repository} is private`)
      : wrong(
          "repository-private",
          `${settings.repository} is public`,
          "Settings > General > Danger Zone > Change visibility",
        ),
    judge("actions-approve", settings.actions, ({ canApprove }) =>
      canApprove
        ? wrong(
            "actions-approve",
            "workflows may create and approve pull requests: GitHub has one switch for both",
            'Settings > Actions > General: turn off "Allow GitHub Actions to create and approve pull requests", and give report the token of a GitHub App (github-token)',
          )
        : ok("actions-approve", "workflows may not create or approve pull requests"),
    ),
    ...environmentChecks(facts),
    judge("workflow-default-permissions", settings.actions, ({ defaultWrite }) =>
      defaultWrite
        ? wrong(
            "workflow-default-permissions",
            "the default is read and write",
            "Settings > Actions > General > Workflow permissions: Read repository contents and packages permissions",
          )
        : ok("workflow-default-permissions", "the default is read"),
    ),
  ];
}

function environmentChecks({ settings, environment: name }: DoctorFacts): Check[] {
  const place = `Settings > Environments > ${name}`;
  const missing = `there is no environment ${name}`;
  const known = settings.environment;
  const { branch } = settings.branch;
  return [
    judge("environment-exists", known, (found) =>
      found === undefined
        ? wrong("environment-exists", missing, `${place}: make it`)
        : ok("environment-exists", found.name),
    ),
    judge("environment-branches", known, (found) =>
      found === undefined
        ? wrong("environment-branches", missing, `${place}: make it`)
        : branchRule(
            found,
            branch,
            `${place} > Deployment branches and tags: Selected branches and tags, ${branch} alone`,
          ),
    ),
    judge("environment-admins", known, (found) => {
      if (found === undefined) return wrong("environment-admins", missing, `${place}: make it`);
      // Servers that do not say so have no such switch: administrators pass there.
      return found.adminsBypass === false
        ? ok("environment-admins", "they cannot")
        : wrong(
            "environment-admins",
            "they can",
            `${place}: turn off "Allow administrators to bypass configured protection rules"`,
          );
    }),
  ];
}

function branchRule({ branches }: EnvironmentFacts, branch: string, mend: string): Check {
  const id = "environment-branches";
  if (branches === "all") return wrong(id, "every branch may", mend);
  // The journal's branch is protected too, and written to by whoever may push.
  if (branches === "protected") return wrong(id, `every protected branch may, not only ${branch}`, mend);
  return judge(id, branches, (allowed) => {
    const other = allowed.filter(({ name, kind }) => kind !== "branch" || name !== branch);
    if (allowed.length === 0) return wrong(id, "no branch may: apply cannot run", mend);
    if (other.length === 0) return ok(id, `only ${branch} may`);
    return wrong(id, other.map(({ name, kind }) => `${kind} ${name}`).join(", "), mend);
  });
}

/** The configuration, the program and its token. */
export function ownChecks(facts: DoctorFacts): Check[] {
  const { roles, configFile, problems, node, token } = facts;
  const none = `there is no ${configFile}`;
  const start = "write it: the README's quick start has one to copy";
  const at = `${configFile}, roles`;
  const major = Number(node.split(".")[0]);
  const app = token === "app" || reportsWithOwnToken(facts);
  return [
    roles === undefined
      ? wrong("roles-distinct", none, start)
      : roles.read.name === roles.remediate.name
        ? wrong("roles-distinct", `both are ${roles.read.name}`, `${at}: two names`)
        : ok("roles-distinct", `${roles.read.name} and ${roles.remediate.name}`),
    roles === undefined ? wrong("roles-external-ids", none, start) : externalIds(roles, at),
    problems === 0 && roles !== undefined
      ? ok("configuration", "no problems")
      : wrong(
          "configuration",
          roles === undefined && problems === 0 ? none : `${problems} problems`,
          "evenkeel validate shows each",
        ),
    app
      ? ok("github-app", token === "app" ? "this token is an app's" : "report is given a token of its own")
      : wrong(
          "github-app",
          token === "person"
            ? "this token is a person's, and no workflow gives report another"
            : "report uses the job's own token",
          "make a GitHub App (contents: write, pull-requests: write), make its token in the job, and give it to report and apply as github-token, with actor",
        ),
    major >= 24
      ? ok("node-version", node)
      : wrong("node-version", node, "install Node.js 24; the Action brings its own"),
  ];
}

function externalIds({ read, remediate }: NonNullable<DoctorFacts["roles"]>, at: string): Check {
  const id = "roles-external-ids";
  const bare = [read, remediate].filter(({ external_id: own }) => (own ?? "") === "").map(({ name }) => name);
  if (bare.length > 0)
    return wrong(id, `${bare.join(" and ")} ${bare.length === 1 ? "has" : "have"} none`, `${at}: external_id`);
  // The values stay unsaid: they are no secret, but nobody needs them here.
  if (read.external_id === remediate.external_id)
    return wrong(id, "both have the same", `${at}: two different external_id`);
  return ok(id, "each has its own");
}
