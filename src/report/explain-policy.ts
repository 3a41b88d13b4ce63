import type { CompiledPolicy, CompiledType } from "../catalogue/compiled.ts";
import { type Call, demandsOf, fieldsRead, readCalls, supplierOf, writeCalls } from "../catalogue/demand.ts";
import { toJson } from "../json.ts";
import type { Expectation, Mode } from "../types/catalogue.ts";
import type { Json } from "../types/json.ts";
import { callJson, calls, expression, fact, page, params, prose } from "./explain-lines.ts";
import { remediationFacts, remediationJson, remediationParts } from "./explain-remediation.ts";
import { celType } from "./explain-shape.ts";
import { severityTone } from "./findings.ts";
import type { Lines } from "./lines.ts";

type Types = ReadonlyMap<string, CompiledType>;

const MODE_WORDS: Readonly<Record<Mode, string>> = {
  report: "report: said, never fixed, unless the configuration says otherwise",
  approve: "approve: fixed once a merged pull request approves the plan",
  automatic: "automatic where the configuration names accounts for it; approve elsewhere",
};

/** A policy: what it checks, what it reads and calls for that, what fixing it takes. */
export function policyText(policy: CompiledPolicy, types: Types, width: number, colour: boolean): string {
  const { file, location, type, remediation } = policy;
  const out = page(file.id, "policy", file.title, width, colour);
  const tone = severityTone(file.severity);
  out.ready(
    [
      `${out.style("dim", "severity".padEnd(12))}${tone === undefined ? file.severity : out.style(tone, file.severity)}`,
    ],
    2,
  );
  fact(out, "resource", `${file.resource} (${type.file.title}), ${scopeWords(type)}`);
  fact(
    out,
    "mode",
    remediation === undefined ? "report: it has no remediation" : MODE_WORDS[file.remediation?.mode ?? "approve"],
  );
  const grace = graceOf(policy);
  if (grace !== undefined) {
    const words = "proposed when a report saw it fail so long ago, unless the configuration says otherwise";
    fact(out, "grace", `${grace}: ${words}`);
  }
  fact(out, "file", `${location.file}:${location.line}`);
  fact(out, "tests", testWords(testCounts(policy)));
  prose(out, "Why", file.rationale);
  expression(out, "In scope when", file.when);
  expression(out, "Passes when", file.check);
  expression(out, "Says of what fails", file.reason);
  params(out, "Parameters (params)", file.params);
  fieldLines(out, policy, types);
  const { reads, writes } = callsOf(policy, types);
  calls(out, "Calls through the read role", reads);
  if (remediation !== undefined) {
    out.heading(`Remediation: ${remediation.file.id}`);
    out.text(remediation.file.title, { indent: 2 });
    remediationFacts(out, remediation);
    params(out, "Parameters of the remediation (remediation_params)", remediation.file.params);
    if (file.remediation?.params !== undefined)
      prose(out, "Given by the policy", JSON.stringify(file.remediation.params));
    remediationParts(out, remediation);
    calls(out, "Calls through the remediation role", writes);
  }
  mapping(out, "Controls", file.controls);
  mapping(out, "The same policy elsewhere", file.equivalents);
  if (file.references !== undefined) {
    out.heading("More");
    for (const reference of file.references) out.text(reference, { indent: 2 });
  }
  return out.toString();
}

export function policyJson(policy: CompiledPolicy, types: Types): Json {
  const { file, location, remediation } = policy;
  const { reads, writes } = callsOf(policy, types);
  const { tests: _, remediation: use, ...rest } = file;
  return toJson({
    kind: "policy",
    ...rest,
    location: { ...location },
    mode: remediation === undefined ? "report" : (use?.mode ?? "approve"),
    ...(graceOf(policy) === undefined ? {} : { grace: graceOf(policy) }),
    fields: fieldsOf(policy, types).map((field) => ({ ...field, read_by: [...field.read_by] })),
    read_calls: reads.map(callJson),
    write_calls: writes.map(callJson),
    ...(remediation === undefined
      ? {}
      : { remediation: remediationJson(remediation, [file.id]), remediation_params: use?.params ?? {} }),
    tests: testCounts(policy),
  });
}

function graceOf({ file }: CompiledPolicy): string | undefined {
  const grace = file.remediation?.grace;
  return grace === undefined || Number.parseInt(grace, 10) === 0 ? undefined : grace;
}

export function scopeWords(type: CompiledType): string {
  const { list, scope } = type.file;
  const place = scope === "global" ? "account" : "account and region";
  return list === undefined ? `one in each ${place}` : `listed once in each ${place}`;
}

/** The calls as far as the policy's file lets it go; one that proposes to report only is shown with what fixing would take. */
function callsOf(
  policy: CompiledPolicy,
  types: Types,
): { readonly reads: readonly Call[]; readonly writes: readonly Call[] } {
  const fixes = policy.remediation !== undefined;
  const demands = demandsOf([policy]).map((demand) => ({ ...demand, plans: fixes, applies: fixes }));
  return { reads: readCalls(demands, types), writes: writeCalls(demands) };
}

interface FieldLine {
  readonly name: string;
  readonly type: string;
  /** The call that supplies it; "" where the listing does. */
  readonly call: string;
  readonly read_by: readonly string[];
  readonly description: string;
}

function fieldsOf(policy: CompiledPolicy, types: Types): FieldLine[] {
  const { type } = policy;
  const read = fieldsRead({ policy, plans: policy.remediation !== undefined, applies: false });
  return [...read].flatMap(([name, readers]) => {
    const field = type.fields.get(name);
    if (field === undefined) return [];
    const call = supplierOf(types, type, name)?.call.operation;
    return [
      {
        name,
        type: celType(field.shape),
        call: call === undefined ? "" : `${call.service}:${call.operation}`,
        read_by: readers,
        description: field.description ?? "",
      },
    ];
  });
}

function fieldLines(out: Lines, policy: CompiledPolicy, types: Types): void {
  const fields = fieldsOf(policy, types);
  if (fields.length === 0) return;
  out.heading("Reads of the resource");
  for (const { name, type, call, read_by: readers, description } of fields) {
    const from = call === "" ? "from the list" : `from ${call}`;
    const words = description === "" ? "" : `. ${description}`;
    out.text(`${name}: ${type}, ${from}, for ${readers.join(" and ")}${words}`, { indent: 2, hang: 4 });
  }
}

function mapping(
  out: Lines,
  heading: string,
  entries: Readonly<Record<string, string | readonly string[]>> | undefined,
): void {
  if (entries === undefined) return;
  out.heading(heading);
  for (const [name, value] of Object.entries(entries)) {
    out.text(`${name}: ${typeof value === "string" ? value : value.join(", ")}`, { indent: 2, hang: 4 });
  }
}

function testCounts({ file }: CompiledPolicy): Readonly<Record<Expectation | "total", number>> {
  const counts = { total: 0, pass: 0, fail: 0, unknown: 0, out_of_scope: 0 };
  for (const { expect } of file.tests ?? []) {
    counts.total += 1;
    counts[expect] += 1;
  }
  return counts;
}

function testWords({ total, ...counts }: Readonly<Record<Expectation | "total", number>>): string {
  if (total === 0) return "none";
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return `${total}: ${parts.map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ")}`;
}
