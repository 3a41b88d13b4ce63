import type { Problem } from "../errors.ts";
import type { CheckAnnotation } from "../github/check.ts";
import { PREVIEW_CHECK } from "../github/report-check.ts";
import type { Preview, Verdict } from "../preview/preview.ts";
import { plain } from "../text/plain.ts";
import { changeWords, previewRows, previewVerdict } from "./preview.ts";
import { previewSummary } from "./preview-comment.ts";
import { plural } from "./words.ts";

/** GitHub takes 65,535 characters. */
const SUMMARY_BYTES = 60_000;
const MESSAGE = 2_000;

/** Where a policy's annotation stands: on lines of the pull request's own files. */
export type PlaceOf = (
  policy: string,
) => { readonly path: string; readonly from: number; readonly to: number } | undefined;

/** The check run's content; `sha` is the commit it is about. */
export function previewCheck(preview: Preview, verdict: Verdict, sha: string, placeOf: PlaceOf) {
  const why = verdict.reasons.length === 0 ? "" : ` (${verdict.reasons.join("; ")})`;
  return {
    sha,
    name: PREVIEW_CHECK,
    conclusion: verdict.conclusion,
    title: plain(`${previewVerdict(preview).replace("Policy preview: ", "")}${why}`, 250),
    summary: previewSummary(preview, verdict, SUMMARY_BYTES),
    annotations: previewAnnotations(preview, placeOf),
  };
}

/** Every problem and failed test on its line; then each changed policy on its own, with what the change comes to. */
export function previewAnnotations(preview: Preview, placeOf: PlaceOf): CheckAnnotation[] {
  const problems = preview.problems.map((problem) => failure(problem, withNearest(problem)));
  const tests = preview.tests.flatMap(({ policy, name, file, line, failure: why }) =>
    why === undefined ? [] : [failure({ file, line }, `${policy}: ${name}: ${why}`)],
  );
  const policies = previewRows(preview).flatMap(({ policy, change, comparison, items }): CheckAnnotation[] => {
    const place = placeOf(policy);
    if (place === undefined) return [];
    const newly = comparison?.newlyFailing.length ?? 0;
    const lost = comparison?.lost.length ?? 0;
    const declared =
      change !== undefined &&
      (change.kind === "removed" || change.accountsLost.length > 0 || change.modeLowered.length > 0);
    const parts = [changeWords(change)].filter((part) => part !== "");
    if (comparison !== undefined) {
      parts.push(
        `${plural(newly, "resource")} newly failing, ${comparison.noLongerFailing.length} no longer failing, ` +
          `${lost} losing coverage, ${comparison.newlyChecked.length} newly checked; ${plural(items.length, "fix", "fixes")} would be proposed`,
      );
    }
    const words = plain(`${policy}: ${parts.join(". ")}`, MESSAGE);
    const level = newly > 0 || lost > 0 || declared ? ("warning" as const) : ("notice" as const);
    return [{ path: place.path, line: place.from, endLine: place.to, level, title: "Policy preview", message: words }];
  });
  return [...problems, ...tests, ...policies];
}

function failure(place: Pick<Problem, "file" | "line">, message: string): CheckAnnotation {
  const { file: path, line } = place;
  return { path, line, level: "failure" as const, title: "Policy preview", message: plain(message, MESSAGE) };
}

function withNearest({ message, nearest }: Problem): string {
  return nearest === undefined ? message : `${message} (did you mean ${nearest}?)`;
}
