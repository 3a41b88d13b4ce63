import { count } from "../text/plain.ts";
import type { Excepted, Exception, ExceptionsState } from "../types/exception.ts";
import type { Finding } from "../types/scan.ts";
import type { Lines } from "./lines.ts";
import { byText, plural, shownOf } from "./words.ts";

/** A scan as this report needs it. Without `exceptions` only what the findings themselves say is told. */
export interface ExceptedScanReport {
  readonly findings: readonly Finding[];
  readonly exceptions?: ExceptionsState;
}

/** Excepted findings of one policy and one exception. */
export interface ExceptedGroup {
  readonly policy: string;
  readonly excepted: Excepted;
  readonly findings: readonly Finding[];
}

/** Something to say of one exception. */
export interface Remark {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** Number of the open pull request that would renew it. */
  readonly renewal?: number;
}

/** `3 of 12 failing findings are excepted`, or "" where none is. */
export function exceptedVerdict(findings: readonly Finding[]): string {
  const failing = findings.filter(({ status }) => status === "fail").length;
  const excepted = findings.filter((one) => one.excepted !== undefined).length;
  if (excepted === 0) return "";
  return `${count(excepted)} of ${plural(failing, "failing finding")} ${excepted === 1 ? "is" : "are"} excepted`;
}

/** What somebody should look at, one for each exception, in the order: expired, not readable, expiring, unused. */
export function exceptionRemarks(state: ExceptionsState | undefined): Remark[] {
  if (state === undefined) return [];
  return [
    ...state.expired.map(({ exception, findings, renewal }) => {
      const fails = findings === 1 ? "fails" : "fail";
      const again =
        findings === 0
          ? "nothing fails for want of it; delete it"
          : `${plural(findings, "resource")} ${fails} without it again`;
      return remark(exception, `expired after ${exception.expires}: ${again}`, renewal);
    }),
    ...state.unreadable.map(({ exception, findings, message }) => {
      const words = `not counted for ${plural(findings, "failing resource")}, whose tags could not be read: ${message}`;
      return remark(exception, words);
    }),
    ...state.expiring.map(({ exception, findings, renewal }) => {
      const words = `expires after ${exception.expires}; it covers ${plural(findings, "failing resource")}`;
      return remark(exception, words, renewal);
    }),
    ...state.unused.map(({ exception, why }) => remark(exception, `unused: ${why}; delete it`)),
  ];
}

/** The exceptions for a terminal; nothing where there is nothing to say. */
export function exceptionLines(out: Lines, scan: ExceptedScanReport, limit: number): void {
  const groups = exceptedGroups(scan.findings);
  const remarks = exceptionRemarks(scan.exceptions);
  if (groups.length + remarks.length === 0) return;
  out.heading("Exceptions");
  const verdict = exceptedVerdict(scan.findings);
  if (verdict !== "") out.text(`${verdict}: they fail, and are left as they are.`, { indent: 2 });
  for (const { policy, excepted, findings } of groups.slice(0, limit)) {
    const { owner, expires, reason, ticket } = excepted;
    out.text(`${policy}: ${plural(findings.length, "resource")} until ${expires}, ${owner}`, { indent: 2, hang: 2 });
    out.text(`${reason}${ticket === undefined ? "" : ` (${ticket})`}`, { indent: 4, tone: "dim", max: 1_000 });
  }
  const groupsNote = shownOf(limit, groups.length, "exceptions");
  if (groupsNote !== "") out.text(`${groupsNote}; --verbose shows all`, { indent: 2, tone: "warn" });
  for (const { file, line, message, renewal } of remarks.slice(0, limit))
    out.text(`${file}:${line}: ${message}${renewalWords(renewal)}`, { indent: 2, hang: 2, tone: "warn", max: 1_000 });
  const note = shownOf(limit, remarks.length, "remarks on exceptions");
  if (note !== "") out.text(`${note}; --verbose shows all`, { indent: 2, tone: "warn" });
}

/** Excepted findings by policy and exception, sorted by policy, date and place. */
export function exceptedGroups(findings: readonly Finding[]): ExceptedGroup[] {
  const all = findings.flatMap((finding) =>
    finding.excepted === undefined ? [] : [{ finding, by: finding.excepted }],
  );
  return [...Map.groupBy(all, ({ finding, by }) => JSON.stringify([finding.policy, by.file, by.line])).values()]
    .flatMap((own): ExceptedGroup[] => {
      const [first] = own;
      if (first === undefined) return [];
      return [{ policy: first.finding.policy, excepted: first.by, findings: own.map(({ finding }) => finding) }];
    })
    .sort((a, b) => byText(a.policy, b.policy) || byText(a.excepted.expires, b.excepted.expires) || byPlace(a, b));
}

function byPlace({ excepted: a }: ExceptedGroup, { excepted: b }: ExceptedGroup): number {
  return byText(a.file, b.file) || a.line - b.line;
}

/** `; renewal proposed in #12`, or nothing. */
export function renewalWords(renewal: number | undefined): string {
  return renewal === undefined ? "" : `; renewal proposed in #${renewal}`;
}

function remark({ file, line, id, policy, owner }: Exception, message: string, renewal?: number): Remark {
  const words = `exception${id === undefined ? "" : ` ${id}`} from ${policy} (${owner}) ${message}`;
  return { file, line, message: words, ...(renewal === undefined ? {} : { renewal }) };
}
