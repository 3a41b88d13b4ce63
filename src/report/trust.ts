import type { Check } from "../doctor/check.ts";
import type { Gate } from "../doctor/gate.ts";
import { code, inline, markdownTable } from "../text/markdown.ts";
import type { JsonObject } from "../types/json.ts";
import type { Detail } from "./ladder.ts";
import { Lines } from "./lines.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import type { TextOptions } from "./options.ts";
import { plural } from "./words.ts";

/** How a plan is vouched for: 1 a KMS key signed it, 3 GitHub verified our commit that brought it; 2, GitHub's attestations, is not built. */
export interface SignatureTier {
  readonly tier: "kms" | "provenance" | "none";
  readonly words: string;
}

/** On what the applying of a plan rests; what could not be looked at for another reason before is left out. */
export interface Trust {
  readonly gate: Gate;
  readonly signature?: SignatureTier;
  readonly approval?: {
    /** Logins of the people whose approval counts; none where a policy approves by standing. */
    readonly by: readonly string[];
    readonly words: string;
  };
}

const TIERS: Readonly<Record<SignatureTier["tier"], string>> = {
  kms: "KMS key (tier 1)",
  provenance: "provenance (tier 3)",
  none: "none: re-derivation only",
};

/** `signature: provenance (tier 3): commit …`. */
export function signatureWords({ tier, words }: SignatureTier): string {
  return `${TIERS[tier]}: ${words}`;
}

/** What is said of each, in one order everywhere; texts that others chose are not encoded yet. */
function sayings({ gate, signature, approval }: Trust): readonly (readonly [label: string, words: string])[] {
  const { unread, allowed } = gate;
  return [
    ...(signature === undefined ? [] : [["signature", signatureWords(signature)] as const]),
    ...(approval === undefined ? [] : [["approval", approval.words] as const]),
    ...(unread.length === 0
      ? []
      : [
          [
            "weaker",
            `not known with this token: ${unread.map(({ id, title }) => `${id} (${title})`).join(", ")}`,
          ] as const,
        ]),
    ...allowed.map((check) => ["allowed though unsafe", `${check.id} (${found(check)})`] as const),
  ];
}

function found({ status, found: words }: Check): string {
  return status === "ok" ? "as it should be now" : words;
}

/** For the log; ends with a line break. */
export function trustText(trust: Trust, options: TextOptions): string {
  const out = new Lines(options);
  for (const [label, words] of sayings(trust)) out.text(`${label}: ${words}`, { tone: "dim", hang: 2, max: 1_000 });
  for (const check of trust.gate.wrong) {
    out.blank();
    out.text(`wrong: ${check.id}: ${check.title}`, { tone: "bad", hang: 2 });
    out.labelled("found", check.found, { max: 1_000 });
    out.labelled("why", check.why);
    out.labelled("mend", check.mend, { max: 1_000 });
  }
  return out.toString();
}

/** The foot of a result. */
export function trustFoot(trust: Trust, detail: Detail): string {
  const lines = sayings(trust).map(([label, words]) => `- ${label}: ${inline(words, Math.max(detail.text, 300))}`);
  return lines.length === 0 ? "" : blocks("### What this rests on", lines.join("\n"));
}

/** What keeps everything from being applied, above all else; "" where nothing does. */
export function gateSection({ wrong }: Gate, detail: Detail): string {
  if (wrong.length === 0) return "";
  const rows = wrong
    .slice(0, Math.max(detail.rows, 3))
    .map(({ id, found: words, mend }) => [
      code(id),
      inline(words, detail.text),
      inline(mend, Math.max(detail.text, 200)),
    ]);
  return blocks(
    "### Settings to mend first",
    markdownTable(["Check", "Found", "To mend it"], rows),
    shownNote(rows.length, wrong.length, "settings"),
    `Who answers for it can also allow them by name, in ${code("evenkeel.yaml")}: ${code(allowLine(wrong), 1_000)}. Every report and result then says so.`,
  );
}

/** `allow_unsafe: [repository-private]`. */
export function allowLine(checks: readonly Check[]): string {
  return `allow_unsafe: [${checks.map(({ id }) => id).join(", ")}]`;
}

/** `2 settings make a merge no approval: branch-approvals, code-owners`. */
export function gateWords(wrong: readonly Check[]): string {
  const verb = wrong.length === 1 ? "makes" : "make";
  return `${plural(wrong.length, "setting")} of the repository ${verb} a merge no approval: ${wrong.map(({ id }) => id).join(", ")}`;
}

/** The member `trust` of the machine form (docs/output.md). */
export function trustJson({ gate, signature, approval }: Trust): JsonObject {
  return {
    ...(signature === undefined ? {} : { signature: { tier: signature.tier, words: signature.words } }),
    ...(approval === undefined ? {} : { approval: { by: [...approval.by], words: approval.words } }),
    wrong: gate.wrong.map(({ id, found: words, mend }) => ({ id, found: words, mend })),
    not_known: gate.unread.map(({ id }) => id),
    allowed: gate.allowed.map(({ id, status }) => ({ id, status })),
  };
}
