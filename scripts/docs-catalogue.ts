import type { CompiledCatalogue, CompiledPolicy } from "../src/catalogue/compiled.ts";
import { supplierOf } from "../src/catalogue/demand.ts";
import { SEVERITY_ORDER } from "../src/plan/guards.ts";
import { markdownTable } from "../src/text/markdown.ts";

/** docs/catalogue.md: what ships, in tables. */
export function catalogueMarkdown({ policies, remediations, types, packs }: CompiledCatalogue): string {
  const sorted = [...policies.values()].sort(bySeverity);
  const blocks = [
    "# What ships",
    "Made from `policies/`, `remediations/` and `resources/` by `node scripts/docs.ts`; `evenkeel explain NAME` says everything about one of them.",
    `## Policies (${sorted.length})`,
    markdownTable(
      ["Policy", "What should be true", "Severity", "Resource", "Remediation", "Risk", "Undo", "Controls"],
      sorted.map((policy) => [
        code(policy.file.id),
        policy.file.title,
        policy.file.severity,
        code(policy.file.resource),
        ...remediationCells(policy),
        controls(policy),
      ]),
    ),
    `## Remediations (${remediations.size})`,
    markdownTable(
      ["Remediation", "What it does", "Risk", "What can break", "Cost", "What the undo does not restore"],
      [...remediations.values()]
        .sort(byName(({ file }) => file.id))
        .map(({ file }) => [
          code(file.id),
          file.title,
          file.risk,
          line(file.impact),
          line(file.cost),
          line(file.irreversible === undefined ? (file.undo_note ?? "") : `Everything: ${file.irreversible}`),
        ]),
    ),
    `## Resource types (${types.size})`,
    markdownTable(
      ["Type", "What it is", "Scope", "Listed by", "Fields"],
      [...types.values()]
        .sort(byName(({ file }) => file.type))
        .map((type) => [
          code(type.file.type),
          type.file.title,
          type.file.scope === "global" ? "account" : "account and region",
          type.list === undefined
            ? "one each"
            : code(`${type.list.operation.service}:${type.list.operation.operation}`),
          [...type.fields.keys()]
            .map((name) => (supplierOf(types, type, name) === undefined ? name : `${name}*`))
            .join(", "),
        ]),
    ),
    "Fields with an asterisk cost a call of their own (or a share of a bulk call); the others come with the list.",
    `## Packs (${packs.size})`,
    ...[...packs]
      .sort(byName(([name]) => name))
      .map(([name, { policies: ids }]) => `\`${name}\`: ${ids.map(code).join(", ")}`),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function remediationCells({ remediation, file }: CompiledPolicy): [string, string, string] {
  if (remediation === undefined) return ["", "", ""];
  const proposal = file.remediation?.mode === "report" ? " (reports unless the configuration says otherwise)" : "";
  const grace = file.remediation?.grace === undefined ? "" : ` (after ${file.remediation.grace})`;
  const undo =
    remediation.file.irreversible !== undefined ? "no" : remediation.file.undo_note === undefined ? "yes" : "in part";
  return [code(remediation.file.id) + proposal + grace, remediation.file.risk, undo];
}

function controls({ file }: CompiledPolicy): string {
  return Object.entries(file.controls ?? {})
    .map(([name, ids]) => `${name} ${ids.join(", ")}`)
    .join("; ");
}

function bySeverity(a: CompiledPolicy, b: CompiledPolicy): number {
  return SEVERITY_ORDER[a.file.severity] - SEVERITY_ORDER[b.file.severity] || (a.file.id < b.file.id ? -1 : 1);
}

function byName<T>(name: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : 1);
}

function code(text: string): string {
  return `\`${text}\``;
}

function line(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
