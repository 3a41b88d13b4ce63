import type { TestResult } from "../plan/policy-test.ts";
import { Lines } from "./lines.ts";
import type { TextOptions } from "./options.ts";
import { plural } from "./words.ts";

/** Results of the policies' own tests: the failed ones with their place, then the sum. Passed ones are listed where everything is asked for. */
export function testsText(results: readonly TestResult[], options: TextOptions): string {
  const out = new Lines(options);
  const failed = results.filter(({ failure }) => failure !== undefined);
  for (const { policy, name, file, line, failure } of results) {
    if (failure === undefined) {
      if (options.verbose === true) out.text(`pass  ${policy}: ${name}`, { tone: "dim", hang: 6 });
      continue;
    }
    out.text(`FAIL  ${policy}: ${name}`, { tone: "bad", hang: 6 });
    out.text(`${file}:${line}`, { indent: 6, tone: "dim" });
    out.text(failure, { indent: 6, max: 2_000 });
  }
  const policies = plural(new Set(results.map(({ policy }) => policy)).size, "policy", "policies");
  const verdict =
    failed.length === 0
      ? `${plural(results.length, "test")} of ${policies} passed`
      : `${failed.length} of ${plural(results.length, "test")} failed`;
  out.blank();
  out.text(results.length === 0 ? "No tests ran." : verdict, {
    tone: failed.length > 0 ? "bad" : results.length === 0 ? "warn" : "good",
  });
  return out.toString();
}
