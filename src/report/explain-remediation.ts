import type { CompiledRemediation, CompiledStep } from "../catalogue/compiled.ts";
import { toJson } from "../json.ts";
import type { Risk } from "../types/catalogue.ts";
import type { Json } from "../types/json.ts";
import { block, expression, fact, input, page, params, prose } from "./explain-lines.ts";
import type { Lines } from "./lines.ts";
import type { Tone } from "./style.ts";

export const RISK_TONES: Readonly<Record<Risk, Tone>> = { safe: "good", disruptive: "warn", destructive: "bad" };

/** A remediation on its own page. */
export function remediationText(
  remediation: CompiledRemediation,
  usedBy: readonly string[],
  width: number,
  colour: boolean,
): string {
  const { file, location } = remediation;
  const out = page(file.id, "remediation", file.title, width, colour);
  fact(out, "resource", `${file.resource} (${remediation.type.file.title})`);
  fact(out, "file", `${location.file}:${location.line}`);
  remediationFacts(out, remediation);
  params(out, "Parameters", file.params);
  remediationParts(out, remediation);
  prose(out, "Used by", usedBy.length === 0 ? "no policy" : usedBy.join(", "));
  return out.toString();
}

/** Risk, impact, cost, undo: what a person decides by. */
export function remediationFacts(out: Lines, { file }: CompiledRemediation): void {
  fact(out, "risk", RISK_WORDS[file.risk]);
  fact(out, "impact", file.impact);
  fact(out, "cost", file.cost);
  fact(out, "undo", file.irreversible === undefined ? "yes, by the calls below" : `none: ${file.irreversible}`);
  fact(out, "but", file.undo_note);
  fact(out, "settles", `waits up to ${file.settles ?? "30s"} for the change to show`);
}

const RISK_WORDS: Readonly<Record<Risk, string>> = {
  safe: "safe: nobody can depend on what it takes away",
  disruptive: "disruptive: somebody may depend on what it takes away",
  destructive: "destructive: something is gone afterwards; planned only where the configuration says allow_destructive",
};

/** What it refuses, what it changes, its steps and its undo. */
export function remediationParts(out: Lines, { file, steps, undo }: CompiledRemediation): void {
  if (file.refuse !== undefined) {
    out.heading("Refuses");
    for (const { when, because } of file.refuse) {
      out.text(because.replace(/\s+/g, " "), { indent: 2 });
      block(out, when);
    }
  }
  if (file.deletes === true) prose(out, "Changes", "The resource is gone afterwards.");
  for (const [name, source] of Object.entries(file.changes ?? {})) expression(out, `Changes ${name} to`, source);
  stepList(out, "Steps", steps);
  stepList(out, "Undo", undo);
}

function stepList(out: Lines, heading: string, steps: readonly CompiledStep[]): void {
  if (steps.length === 0) return;
  out.heading(heading);
  for (const [index, step] of steps.entries()) {
    const { template, operation } = step;
    const name = template.name === undefined ? "" : `, steps.${template.name}`;
    const role = operation.reads ? "only looks, through the read role" : `needs ${step.iam.join(", ")}`;
    out.text(`${index + 1}. ${template.call}${name} (${role})`, { indent: 2, hang: 3 });
    fact(out, "when", template.when, 5);
    fact(out, "for each", template.each, 5);
    input(out, template.with, 7);
    fact(
      out,
      "until",
      template.until === undefined ? undefined : `${template.until} (${template.limit ?? "5m"} at most)`,
      5,
    );
    fact(out, "done if", template.already?.join(", "), 5);
    fact(out, "fails if", template.failure?.when, 5);
    if (template.reuse !== undefined) {
      fact(out, "reuses", `what ${template.reuse.call} finds: ${template.reuse.items}`, 5);
      input(out, template.reuse.with, 7);
    }
  }
}

export function remediationJson(remediation: CompiledRemediation, usedBy: readonly string[]): Json {
  const { file, location } = remediation;
  return {
    kind: "remediation",
    id: file.id,
    title: file.title,
    resource: file.resource,
    location: { ...location },
    risk: file.risk,
    impact: file.impact,
    cost: file.cost,
    params: toJson(file.params ?? {}),
    refuse: toJson(file.refuse ?? []),
    changes: toJson(file.changes ?? {}),
    deletes: file.deletes === true,
    steps: remediation.steps.map(stepJson),
    undo: remediation.undo.map(stepJson),
    ...(file.irreversible === undefined ? {} : { irreversible: file.irreversible }),
    ...(file.undo_note === undefined ? {} : { undo_note: file.undo_note }),
    settles: file.settles ?? "30s",
    used_by: usedBy,
  };
}

function stepJson({ template, name, iam, operation }: CompiledStep): Json {
  return toJson({ ...template, name, iam: [...iam], reads: operation.reads });
}
