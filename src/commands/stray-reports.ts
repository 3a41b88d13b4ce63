import type { OpenPulls } from "../github/report-pulls.ts";
import { plural } from "../report/words.ts";
import type { Config } from "../types/catalogue.ts";
import { placeOfScope } from "./report-place.ts";
import type { Published } from "./report-publish.ts";

/**
 * Open reports of groups that the configuration has no more (`report.group_by` or a label changed), in one line; "" where none is. They are named and not closed:
 * another configuration of the same repository may keep them. Until somebody does, each takes a place among `report.most_open`. `own`: all of
 * this configuration. A narrowed run's reports and undo plans are none.
 */
export function strayReports(config: Config, own: readonly Pick<Published, "place">[], { pulls }: OpenPulls): string {
  const ours = new Set(own.map(({ place }) => place.branch));
  const undo = placeOfScope(config, "undo-").branch;
  const strays = [...pulls].filter(
    ([branch]) => !ours.has(branch) && !branch.startsWith(undo) && !/-part-[0-9a-f]{6}(-destructive)?$/.test(branch),
  );
  if (strays.length === 0) return "";
  const which = strays
    .map(([, { number }]) => `#${number}`)
    .sort()
    .join(", ");
  const one = strays.length === 1;
  return `${plural(strays.length, "open report is", "open reports are")} of no group of this configuration (${which}): nothing brings ${one ? "it" : "them"} up to date; close ${one ? "it" : "them"} to make room`;
}
