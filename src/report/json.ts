import type { Applied } from "../apply/apply.ts";
import { Bug, type Problem } from "../errors.ts";
import { isObject, toJson } from "../json.ts";
import { planDigest } from "../plan/file.ts";
import type { TestResult } from "../plan/policy-test.ts";
import type { JsonObject } from "../types/json.ts";
import type { Plan } from "../types/plan.ts";
import type { ScanReport } from "./findings.ts";
import { type Trust, trustJson } from "./trust.ts";

/**
 * The machine forms (docs/output.md): what other programs may rely on. A member may be added within a version; none is renamed, removed or
 * given another meaning. Members whose value is not known are left out, never null.
 */
const VERSION = 1;

export function scanJson({ findings, coverage, exceptions }: ScanReport): JsonObject {
  return form({ version: VERSION, findings, coverage, exceptions });
}

export function planJson(plan: Plan): JsonObject {
  return form({ version: VERSION, digest: planDigest(plan.header), header: plan.header, items: plan.items });
}

export function applyJson({ plan, counts, outcomes }: Applied, trust?: Trust): JsonObject {
  const more = trust === undefined ? {} : { trust: trustJson(trust) };
  return form({ version: VERSION, plan, approved: outcomes.length, counts, outcomes, ...more });
}

export function validateJson(problems: readonly Problem[]): JsonObject {
  return form({ version: VERSION, valid: problems.length === 0, problems });
}

export function testsJson(results: readonly TestResult[]): JsonObject {
  const tests = results.map(({ failure, ...test }) => ({
    ...test,
    passed: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
  }));
  const failed = tests.filter(({ passed }) => !passed).length;
  return form({ version: VERSION, passed: tests.length - failed, failed, tests });
}

function form(value: object): JsonObject {
  const json = toJson(value);
  if (!isObject(json)) throw new Bug("a machine form is an object");
  return json;
}

/**
 * Indented JSON with a line break at its end. What does not show, and what the log of a workflow run would take for a command, is escaped;
 * the value stays the same.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(toJson(value), undefined, 2);
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu, (character) =>
    character === "\n" ? character : escapeUnits(character),
  );
  return `${escaped.replaceAll("##[", "##\\u005b")}\n`;
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
