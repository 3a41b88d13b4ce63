import { isObject, toJson } from "../json.ts";
import { declaredLosses, type Preview, totalsOf, type Verdict } from "../preview/preview.ts";
import type { JsonObject } from "../types/json.ts";

/** The machine form (docs/preview.md): members may be added within a version. What was not asked for is left out, never null. */
export function previewJson(preview: Preview, verdict: Verdict): JsonObject {
  const { problems, tests, files, policies, config, remediations, observed, baseless, notes, compared, unobserved } =
    preview;
  const failed = tests.filter(({ failure }) => failure !== undefined);
  const json = toJson({
    version: 1,
    kind: observed !== undefined ? "full" : unobserved === undefined && problems.length === 0 ? "unchanged" : "static",
    because: unobserved,
    baseless,
    compared,
    notes,
    conclusion: verdict.conclusion,
    reasons: verdict.reasons,
    problems,
    tests: { passed: tests.length - failed.length, failed },
    files,
    policies,
    config,
    declared_losses: declaredLosses(preview),
    remediations,
    ...(observed === undefined
      ? {}
      : {
          totals: totalsOf(preview),
          comparisons: observed.comparisons,
          plan: {
            ...observed.plan,
            added: [...observed.plan.added].sort(),
            dropped: observed.plan.dropped.map(({ id }) => id).sort(),
          },
          coverage: { base: observed.base, head: observed.head },
        }),
  });
  return isObject(json) ? json : {};
}
