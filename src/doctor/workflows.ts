import { parse } from "yaml";
import { isArray, isObject, toJson } from "../json.ts";
import type { Json } from "../types/json.ts";
import type { WorkflowText } from "./facts.ts";

/** A right by its scope: `contents` -> `write`. `default`: nobody said, and the repository's setting decides. */
export type Rights = Readonly<Record<string, string>> | "write-all" | "read-all" | "default";

export interface Job {
  readonly workflow: string;
  readonly name: string;
  readonly rights: Rights;
  readonly environment: string | undefined;
  /** Everything it `uses`: actions of its steps, or the workflow it calls. */
  readonly uses: readonly string[];
  /** Commands of Evenkeel that it runs. */
  readonly commands: readonly string[];
  /** Some step of Evenkeel gets a token other than the job's. */
  readonly ownToken: boolean;
}

export interface Workflow {
  readonly path: string;
  readonly triggers: readonly string[];
  readonly jobs: readonly Job[];
}

export interface Unreadable {
  readonly path: string;
  readonly because: string;
}

/** The action under this name in any owner's hands: forks and mirrors of it are it too. */
const EVENKEEL = /^[\w.-]+\/evenkeel(?:\/[^@]*)?@/;

/** Reads a workflow as far as doctor needs it. Nothing of it runs. */
export function readWorkflow({ path, text }: WorkflowText): Workflow | Unreadable {
  let root: Json;
  try {
    const value: unknown = parse(text);
    root = toJson(value);
  } catch (error) {
    return { path, because: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "it is not YAML" };
  }
  if (!isObject(root) || !isObject(root["jobs"])) return { path, because: "it has no jobs" };
  const all = rightsOf(root["permissions"]);
  const jobs = Object.entries(root["jobs"]).map(([name, job]) => jobOf(path, name, job, all));
  return { path, triggers: namesOf(root["on"]), jobs };
}

function jobOf(workflow: string, name: string, job: Json, all: Rights): Job {
  const of = isObject(job) ? job : {};
  const steps = isArray(of["steps"]) ? of["steps"].filter(isObject) : [];
  const ours = steps.filter((step) => EVENKEEL.test(textOf(step["uses"])));
  const inputs = ours.map((step) => (isObject(step["with"]) ? step["with"] : {}));
  const { environment } = of;
  const named = isObject(environment) ? textOf(environment["name"]) : textOf(environment);
  return {
    workflow,
    name,
    rights: of["permissions"] === undefined ? all : rightsOf(of["permissions"]),
    environment: named === "" ? undefined : named,
    uses: [textOf(of["uses"]), ...steps.map((step) => textOf(step["uses"]))].filter((one) => one !== ""),
    // As action.yml has it: without the input it is a report.
    commands: inputs.map((given) => textOf(given["command"]) || "report"),
    ownToken: inputs.some((given) => {
      const token = textOf(given["github-token"]);
      return token !== "" && !/\bgithub\.token\b|\bsecrets\.GITHUB_TOKEN\b/.test(token);
    }),
  };
}

function rightsOf(value: Json | undefined): Rights {
  if (value === "write-all" || value === "read-all") return value;
  if (value === undefined) return "default";
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([scope, level]) => [scope, textOf(level)]));
}

/** `on: push`, `on: [push]`, `on: { push: … }`. */
function namesOf(on: Json | undefined): string[] {
  if (typeof on === "string") return [on];
  if (isArray(on)) return on.map(textOf);
  return isObject(on) ? Object.keys(on) : [];
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
