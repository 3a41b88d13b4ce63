import { type Check, type CheckId, ok, unknown, wrong } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";
import { type Job, type Rights, readWorkflow, type Unreadable, type Workflow } from "./workflows.ts";

const FOLDER = ".github/workflows";

/** What the workflows on the default branch say. One that is not known whole is not known to be right. */
export function workflowChecks(facts: DoctorFacts): Check[] {
  const { workflows } = facts.settings;
  if (!workflows.known) return IDS.map((id) => unknown(id, workflows));
  const { files, total } = workflows.value;
  const read = files.map(readWorkflow);
  const good = read.flatMap((one) => ("jobs" in one ? [one] : []));
  const jobs = good.flatMap((one) => one.jobs);
  const unread = read.flatMap((one) => ("because" in one ? [one] : []));
  const blind = blindness(unread, files.length, total);
  const sure = (check: Check): Check =>
    check.status === "ok" && blind !== undefined ? unknown(check.id, blind) : check;
  return [
    sure(environmentJobs(jobs, facts.environment)),
    sure(triggers(good)),
    sure(pullRequestTarget(good)),
    sure(permissions(jobs)),
    sure(pins(jobs, facts.environment)),
    present("workflow-report", good, "report", ["schedule"]),
    present("workflow-preview", good, "pull requests", ["pull_request"]),
    present("workflow-apply", good, "apply", ["push", "schedule"]),
  ];
}

const IDS: readonly CheckId[] = [
  "environment-jobs",
  "workflow-triggers",
  "workflow-pull-request-target",
  "workflow-permissions",
  "workflow-pins",
  "workflow-report",
  "workflow-preview",
  "workflow-apply",
];

function blindness(unread: readonly Unreadable[], read: number, total: number) {
  const [first] = unread;
  if (first !== undefined) return { because: `${first.path}: ${first.because}`, needs: "that file in order" };
  if (read < total)
    return { because: `${read} of ${total} workflows were read`, needs: `fewer than ${read + 1} workflows` };
  return undefined;
}

const WRITES: ReadonlySet<string> = new Set(["apply", "undo"]);

function environmentJobs(jobs: readonly Job[], environment: string): Check {
  const id = "environment-jobs";
  const inside = jobs.filter((job) => job.environment?.toLowerCase() === environment.toLowerCase());
  const dynamic = jobs.filter((job) => job.environment?.includes("${{") === true);
  const strange = [...inside.filter(({ commands }) => !commands.some((one) => WRITES.has(one))), ...dynamic];
  if (strange.length > 0) {
    return wrong(
      id,
      `${placesOf(strange)} ${strange.length === 1 ? "uses" : "use"} ${environment} (or a name that is worked out) without applying plans`,
      `${FOLDER}: name another environment there, in plain words`,
    );
  }
  const outside = jobs.filter((job) => job.commands.some((one) => WRITES.has(one)) && !inside.includes(job));
  if (outside.length > 0) {
    return wrong(
      id,
      `${placesOf(outside)} applies outside of ${environment}`,
      `${FOLDER}: environment: ${environment} in that job`,
    );
  }
  return ok(id, inside.length === 0 ? `no job uses ${environment}` : `only ${placesOf(inside)}`);
}

const STARTS: Readonly<Record<string, readonly string[]>> = {
  apply: ["push", "schedule", "workflow_dispatch"],
  undo: ["push", "schedule", "workflow_dispatch"],
  report: ["push", "schedule", "workflow_dispatch"],
  // Asks GitHub what its author may, only takes away or postpones, and has no credentials of AWS.
  comment: ["issue_comment"],
};
/** Started by anyone who can write a comment or open a fork, with the rights of the repository. */
const STRANGERS: readonly string[] = [
  "pull_request_target",
  "issue_comment",
  "issues",
  "workflow_run",
  "discussion_comment",
];

function triggers(workflows: readonly Workflow[]): Check {
  const bad = workflows.flatMap(({ path, triggers: on, jobs }) => {
    const commands = jobs.flatMap((job) => job.commands);
    const found = on.filter((one) =>
      commands.some((command) =>
        STARTS[command] === undefined ? STRANGERS.includes(one) : !STARTS[command].includes(one),
      ),
    );
    return found.length === 0 ? [] : [`${path} runs on ${found.join(", ")}`];
  });
  if (bad.length === 0) return ok("workflow-triggers", "push, schedule and by hand for what writes");
  return wrong(
    "workflow-triggers",
    bad.join("; "),
    `${FOLDER}: \`on:\` push, schedule and workflow_dispatch for report, apply and undo; pull_request for the rest`,
  );
}

function pullRequestTarget(workflows: readonly Workflow[]): Check {
  const bad = workflows.filter(({ triggers: on }) => on.includes("pull_request_target")).map(({ path }) => path);
  if (bad.length === 0) return ok("workflow-pull-request-target", "none does");
  return wrong("workflow-pull-request-target", bad.join(", "), `${FOLDER}: pull_request instead`);
}

const COMMON: readonly string[] = ["id-token", "pull-requests", "checks"];
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  report: ["contents", "issues"],
  comment: ["contents", "issues"],
  apply: ["contents", "deployments"],
  undo: ["contents", "deployments"],
};

/** Scopes that a job may write to without need, or `everything`. */
function excess(rights: Rights, commands: readonly string[]): string[] {
  if (rights === "write-all") return ["write-all"];
  if (rights === "default") return ["whatever the repository's setting gives"];
  if (rights === "read-all") return [];
  const may = new Set([...COMMON, ...commands.flatMap((command) => EXTRA[command] ?? [])]);
  return Object.entries(rights).flatMap(([scope, level]) =>
    level === "write" && !may.has(scope) ? [`${scope}: write`] : [],
  );
}

function permissions(jobs: readonly Job[]): Check {
  const bad = jobs.flatMap((job) => {
    const more = job.commands.length === 0 ? [] : excess(job.rights, job.commands);
    return more.length === 0 ? [] : [`${placeOf(job)} has ${more.join(", ")}`];
  });
  if (bad.length === 0) return ok("workflow-permissions", "no job of Evenkeel holds more");
  return wrong(
    "workflow-permissions",
    bad.join("; "),
    `${FOLDER}: \`permissions: {}\` for the workflow, and in each job what the example workflows give it`,
  );
}

const PINNED = /^(?:[\w.-]+\/[\w./-]+@(?!0{40}$)[0-9a-f]{40}|docker:\/\/.+@sha256:[0-9a-f]{64}|\.\/.*)$/;

function pins(jobs: readonly Job[], environment: string): Check {
  const close = jobs.filter(
    ({ commands, rights, environment: own }) =>
      commands.length > 0 ||
      own?.toLowerCase() === environment.toLowerCase() ||
      rights === "write-all" ||
      (typeof rights === "object" && rights["id-token"] === "write"),
  );
  const bad = close.flatMap((job) =>
    job.uses.filter((one) => !PINNED.test(one)).map((one) => `${one} (${placeOf(job)})`),
  );
  if (bad.length === 0) return ok("workflow-pins", "every action in jobs with AWS credentials is");
  return wrong(
    "workflow-pins",
    bad.join(", "),
    `${FOLDER}: the commit's 40 characters behind the @, the version as a comment`,
  );
}

/** A workflow that calls another repository's cannot be looked into; then nothing is found here. */
function present(id: CheckId, workflows: readonly Workflow[], what: string, needed: readonly string[]): Check {
  const preview = id === "workflow-preview";
  const found = workflows.filter(({ triggers: on, jobs }) =>
    preview
      ? on.includes("pull_request") && jobs.some(({ commands }) => commands.length > 0)
      : jobs.some(({ commands }) => commands.includes(what)),
  );
  const mend = `copy evenkeel-${id.replace("workflow-", "")}.yml from Evenkeel's ${FOLDER}`;
  if (found.length === 0) return wrong(id, `no workflow of this repository runs Evenkeel for ${what}`, mend);
  const on = new Set(found.flatMap(({ triggers: each }) => each));
  const missing = needed.filter((one) => !on.has(one));
  const paths = found.map(({ path }) => path).join(", ");
  return missing.length === 0 ? ok(id, paths) : wrong(id, `${paths} does not run on ${missing.join(" and ")}`, mend);
}

const placeOf = ({ workflow, name }: Job): string => `${workflow}, job ${name}`;
const placesOf = (jobs: readonly Job[]): string => jobs.map(placeOf).join("; ");

/** Whether some report gets a token that is not the job's own. */
export function reportsWithOwnToken(facts: DoctorFacts): boolean {
  const { workflows } = facts.settings;
  if (!workflows.known) return false;
  return workflows.value.files.map(readWorkflow).some((one) => {
    return "jobs" in one && one.jobs.some(({ commands, ownToken }) => ownToken && commands.includes("report"));
  });
}
