import { daysAfter } from "../catalogue/exceptions-match.ts";
import type { Renewal } from "../plan/renewals.ts";
import { code, inline } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Exception, ExceptionMatch } from "../types/exception.ts";
import { plural } from "./words.ts";

/** Names of resources that are listed; the rest is counted. */
const NAMES = 20;

/** ASCII, and short: the policy's ID is all of it that the user's files supply. */
export function renewalTitle({ exception, until }: Renewal): string {
  return `Renew the exception from ${exception.policy} until ${until} (ends on ${exception.expires})`;
}

/** The pull request's body, without a marker. `now` is ISO 8601; the body is written once, so it says of when its numbers are. */
export function renewalBody({ exception, until, findings }: Renewal, now: string): string {
  const { policy, match, owner, ticket, reason, expires, file, id } = exception;
  const names = findings
    .slice(0, NAMES)
    .map(({ account, region, resource }) => `  - ${code(resource.id)} in ${code(account)}, ${code(region)}`);
  const more = findings.length > NAMES ? [`  - and ${count(findings.length - NAMES)} more`] : [];
  const none = findings.length === 1 ? "it is not" : "they are not";
  return [
    `**This exception ends on ${expires}. Nobody has approved to go on with it: merging this renews it until ${until}.**`,
    "",
    `- Policy: ${code(policy)}`,
    `- Matches: ${selector(match)}`,
    `- Owner: ${code(owner)}`,
    ...(ticket === undefined ? [] : [`- Ticket: ${inline(ticket)}`]),
    `- Reason: ${inline(reason, 1_000)}`,
    `- File: ${code(file)}${id === undefined ? "" : `, ${code(id)}`}; only its last day changes, from ${expires} to ${until}`,
    `- On ${now.slice(0, 10)} it covered ${plural(findings.length, "failing finding")}:`,
    ...names,
    ...more,
    "",
    `**Without it** ${findings.length === 1 ? "this finding" : "these findings"} fail${findings.length === 1 ? "s" : ""} from ` +
      `${daysAfter(expires, 1)} on as if ${none} excepted, and the next report plans what mends ${findings.length === 1 ? "it" : "them"} like anything else.`,
    "",
    "**To decline**, close this. It is not proposed again for the same last day, and nothing has to be done: the exception ends by itself.",
    "",
  ].join("\n");
}

/** Said on the pull request that brought an exception, once it has ended. */
export function endedComment({ policy, file, expires }: Exception, findings: number): string {
  const fail = findings === 1 ? "fails" : "fail";
  return [
    `**The exception from ${code(policy)} that this pull request brought ended on ${expires}: ${plural(findings, "finding")} ${fail} again.**`,
    "",
    `The next report plans what mends ${findings === 1 ? "it" : "them"} like anything else. Delete the entry from ${code(file)}, or give it a new last day by a pull request.`,
    "",
  ].join("\n");
}

function selector({ resource, account, region, tag }: ExceptionMatch): string {
  const tags = Object.entries(tag ?? {}).map(([key, value]) => `${code(key)} = ${code(value)}`);
  return [
    ...(resource === undefined ? [] : [`resource ${code(resource, 2_100)}`]),
    ...(account === undefined ? [] : [`account ${code(account)}`]),
    ...(region === undefined ? [] : [`region ${code(region)}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(", ")}`]),
  ].join(", ");
}
