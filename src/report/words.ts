import { SEVERITY_ORDER } from "../plan/guards.ts";
import { count } from "../text/plain.ts";
import type { Risk, Severity } from "../types/catalogue.ts";
import type { OutcomeCode } from "../types/outcome.ts";
import type { Coverage, Finding } from "../types/scan.ts";

/** Words and numbers that the terminal and the pull request say alike. */

/** `1 item`, `2 items`, `1,240 policies`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** "showing 10 of 1,240 resources", or nothing where all are shown. */
export function shownOf(shown: number, total: number, what: string): string {
  return shown >= total ? "" : `showing ${count(shown)} of ${count(total)} ${what}`;
}

export const RISK_ORDER: Readonly<Record<Risk, number>> = { destructive: 0, disruptive: 1, safe: 2 };

export function bySeverity(a: Severity, b: Severity): number {
  return SEVERITY_ORDER[a] - SEVERITY_ORDER[b];
}

/** Code-point order: the same everywhere. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `2 destructive, 1 disruptive, 6 safe`; what there is none of is left out. */
export function riskWords(items: readonly { readonly risk: Risk }[]): string {
  const risks: readonly Risk[] = ["destructive", "disruptive", "safe"];
  return risks
    .map((risk) => ({ risk, number: items.filter((item) => item.risk === risk).length }))
    .filter(({ number }) => number > 0)
    .map(({ risk, number }) => `${count(number)} ${risk}`)
    .join(", ");
}

/** `2 resources, disruptive`; where the risks differ, `3 resources, 1 destructive, 2 safe`. */
export function resourcesAndRisk(items: readonly { readonly risk: Risk }[]): string {
  const risks = new Set(items.map(({ risk }) => risk));
  const [only] = risks;
  return `${plural(items.length, "resource")}, ${risks.size === 1 && only !== undefined ? only : riskWords(items)}`;
}

/** Outcomes in words, in the order in which they matter to a reader. */
export const OUTCOME_WORDS: Readonly<Record<OutcomeCode, string>> = {
  verify_failed: "changed but not verified",
  failed: "failed",
  unknown: "of unknown outcome",
  denied: "denied by AWS",
  stale: "skipped: changed since approval",
  blocked: "blocked",
  capped: "held back by a guard",
  not_started: "not started",
  policy_gone: "no longer asked for",
  excepted: "excepted",
  applied: "applied",
  undone: "taken back",
  already_ok: "already fine",
};

/** Whether anyone has to do anything about it. */
export function outcomeIsGood(code: OutcomeCode): boolean {
  return code === "applied" || code === "undone" || code === "already_ok";
}

/** `7 applied, 1 already fine, 1 skipped: changed since approval`. */
export function outcomeVerdict(counts: Readonly<Record<OutcomeCode, number>>): string {
  const order: readonly OutcomeCode[] = [
    "applied",
    "undone",
    "already_ok",
    "stale",
    "verify_failed",
    "failed",
    "unknown",
    "denied",
    "blocked",
    "capped",
    "not_started",
    "policy_gone",
    "excepted",
  ];
  const said = order.filter((code) => counts[code] > 0).map((code) => `${count(counts[code])} ${OUTCOME_WORDS[code]}`);
  return said.length === 0 ? "nothing to apply" : said.join(", ");
}

/** `approved 9 = applied 7 + already_ok 1 + stale 1`: the reconciliation that every run ends with. */
export function outcomeSum(counts: Readonly<Record<OutcomeCode, number>>): string {
  const entries = Object.entries(counts).filter(([, number]) => number > 0);
  const total = entries.reduce((sum, [, number]) => sum + number, 0);
  return `approved ${count(total)} = ${entries.length === 0 ? "0" : entries.map(([code, number]) => `${code} ${count(number)}`).join(" + ")}`;
}

/** `12 of 148 resources fail 5 policies; 3 could not be judged`. Never says that all is well where something could not be read. */
export function scanVerdict(findings: readonly Finding[], coverage: Coverage): string {
  const failing = findings.filter(({ status }) => status === "fail");
  const unknown = resourcesOf(findings.filter(({ status }) => status === "unknown"));
  const policies = new Set(failing.map(({ policy }) => policy)).size;
  const of = plural(coverage.resources, "resource");
  const parts: string[] = [];
  if (failing.length > 0) {
    const number = resourcesOf(failing);
    parts.push(
      `${count(number)} of ${of} ${number === 1 ? "fails" : "fail"} ${plural(policies, "policy", "policies")}`,
    );
  } else if (coverage.resources === 0) parts.push("No resources found");
  else parts.push(`None of ${of} ${unknown === 0 && coverage.complete ? "fails" : "is known to fail"}`);
  if (unknown > 0) parts.push(`${count(unknown)} could not be judged`);
  if (!coverage.complete && unknown === 0)
    parts.push(`the scan is incomplete (${plural(coverage.gaps.length, "gap")})`);
  return parts.join("; ");
}

/** How many different resources the findings speak of. */
export function resourcesOf(findings: readonly Finding[]): number {
  return new Set(
    findings.map(({ account, region, resource }) =>
      JSON.stringify([account, region, resource.type, resource.id, resource.identity]),
    ),
  ).size;
}
