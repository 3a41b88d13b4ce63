import { code, inline, markdownTable } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import {
  type ExceptedScanReport,
  exceptedGroups,
  exceptedVerdict,
  exceptionRemarks,
  renewalWords,
} from "./exceptions.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";

/** The exceptions for a pull request or a step summary, "" where there is nothing to say. */
export function exceptedSection(scan: ExceptedScanReport | undefined, detail: Detail): string {
  const groups = exceptedGroups(scan?.findings ?? []);
  const remarks = exceptionRemarks(scan?.exceptions);
  if (groups.length + remarks.length === 0) return "";
  const rows = groups.slice(0, detail.groups).map(({ policy, excepted, findings }) => {
    const names = findings.slice(0, detail.names).map(({ resource }) => code(resource.id, 80));
    const more =
      findings.length > names.length && names.length > 0 ? ` and ${count(findings.length - names.length)} more` : "";
    const { owner, expires, reason, ticket } = excepted;
    return [
      code(policy, 120),
      count(findings.length),
      inline(owner, detail.text),
      expires,
      `${inline(reason, detail.text)}${ticket === undefined ? "" : ` (${inline(ticket, detail.text)})`}`,
      ...(detail.names === 0 ? [] : [names.join(", ") + more]),
    ];
  });
  const heads = ["Policy", "Resources:", "Owner", "Until", "Why", ...(detail.names === 0 ? [] : ["Which"])];
  const list = remarks.slice(0, detail.groups).map(({ file, line, message, renewal }) => {
    // Outside of `inline`, which would keep GitHub from making a link of the number.
    return `- ${code(`${file}:${line}`, 200)}: ${inline(message, detail.text)}${renewalWords(renewal)}`;
  });
  const verdict = exceptedVerdict(scan?.findings ?? []);
  return blocks(
    "### Excepted",
    verdict === "" ? "" : `${verdict}: they fail, and are left as they are.`,
    rows.length === 0 ? "" : markdownTable(heads, rows),
    shownNote(detail.groups, groups.length, "exceptions"),
    list.join("\n"),
    shownNote(detail.groups, remarks.length, "remarks on exceptions"),
  );
}
