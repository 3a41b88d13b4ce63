import type { Check, CheckId } from "../doctor/check.ts";
import type { DoctorReport } from "../doctor/doctor.ts";
import { count } from "../text/plain.ts";
import type { JsonObject } from "../types/json.ts";
import { Lines } from "./lines.ts";
import type { TextOptions } from "./options.ts";
import type { Tone } from "./style.ts";
import { table } from "./table.ts";
import { plural } from "./words.ts";

const TONES: Readonly<Record<string, Tone>> = { ok: "good", wrong: "bad", unknown: "warn", allowed: "warn" };

/** What doctor found: verdict, a table of all checks, then how to mend what is not as it should be. Ends with a line break. */
export function doctorText(report: DoctorReport, allowUnsafe: readonly CheckId[], options: TextOptions): string {
  const out = new Lines(options);
  const status = (check: Check): string => (isAllowed(check, allowUnsafe) ? "allowed" : check.status);
  const bad = report.checks.filter((check) => check.status !== "ok");
  const open = bad.filter((check) => check.group === "security" && !isAllowed(check, allowUnsafe));
  out.text(`${report.repository}, ${report.branch}: ${verdict(report.checks, open)}`, {
    tone: open.length === 0 ? "good" : "bad",
  });
  const allowed = bad.filter((check) => isAllowed(check, allowUnsafe));
  if (allowed.length > 0) {
    out.text(`Allowed by name though unsafe: ${allowed.map(({ id }) => id).join(", ")}`, { tone: "warn" });
  }
  for (const group of ["security", "operation"] as const) {
    const checks = report.checks.filter((check) => check.group === group);
    out.heading(group === "security" ? "Security" : "Operation");
    const rows = checks.map((check) => [status(check), check.id, out.safe(check.found)]);
    const columns = [
      { title: "STATUS", tone: (cell: string): Tone | undefined => TONES[cell] },
      { title: "CHECK", least: 12, shrink: 1 },
      { title: "FOUND", least: 20, shrink: 2, cut: "end" as const },
    ];
    out.ready(table(columns, rows, out.width, out.style));
  }
  if (bad.length > 0) out.heading("To mend");
  for (const [index, check] of bad.entries()) {
    if (index > 0) out.blank();
    out.text(`${check.id} (${check.group}, ${status(check)}): ${check.title}`, { tone: TONES[status(check)], hang: 2 });
    out.labelled("found", check.found, { max: 1_000 });
    out.labelled("why", check.why);
    out.labelled("mend", check.mend, { max: 1_000 });
  }
  return out.toString();
}

function verdict(checks: readonly Check[], open: readonly Check[]): string {
  const security = checks.filter(({ group }) => group === "security").length;
  if (open.length === 0) return `nothing wrong in ${plural(security, "security check")}`;
  const wrong = open.filter(({ status }) => status === "wrong").length;
  const parts = [
    ...(wrong > 0 ? [`${count(wrong)} wrong`] : []),
    ...(open.length > wrong ? [`${count(open.length - wrong)} could not be made`] : []),
  ];
  return `of ${plural(security, "security check")} ${parts.join(", ")}`;
}

function isAllowed({ id, group, status }: Check, allowUnsafe: readonly CheckId[]): boolean {
  return status !== "ok" && group === "security" && allowUnsafe.includes(id);
}

/** The machine form (docs/set-up-a-repository.md). */
export function doctorJson(report: DoctorReport, allowUnsafe: readonly CheckId[]): JsonObject {
  return {
    version: 1,
    repository: report.repository,
    branch: report.branch,
    allowed: report.checks.filter((check) => isAllowed(check, allowUnsafe)).map(({ id }) => id),
    checks: report.checks.map(({ id, group, status, title, found, why, mend }) => ({
      id,
      group,
      status,
      title,
      found,
      why,
      ...(mend === "" ? {} : { mend }),
    })),
  };
}
