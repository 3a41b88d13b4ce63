import fc from "fast-check";
import { expect, test } from "vitest";
import type { Renewal } from "../../src/plan/renewals.ts";
import { endedComment, renewalBody, renewalTitle } from "../../src/report/renewal.ts";
import { exception } from "../support/exceptions.ts";
import { html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { finding } from "./sample.ts";

const POLICY = "s3_bucket_public_access_block";
const NOW = "2026-03-01T06:00:00.000Z";

function renewal(number: number, twist: (text: string) => string = (text) => text): Renewal {
  const match = {
    resource: twist("press-photos"),
    account: "111111111111",
    region: "eu-west-1",
    tag: { [twist("stage")]: twist("old") },
  };
  const texts = { owner: twist("team-a"), reason: twist("moves in spring"), ticket: twist("SEC-1") };
  const file = twist("exceptions/a.yaml");
  return {
    key: "0123456789abcdef",
    exception: exception(match, { policy: POLICY, id: "press", expires: "2026-03-12", file, ...texts }),
    until: "2026-06-10",
    findings: Array.from({ length: number }, (_, index) => finding(index, "fail", POLICY, twist)),
  };
}

test("it says what is asked, of whom, and what comes of it either way", () => {
  const one = renewal(2);
  expect(renewalTitle(one)).toBe(`Renew the exception from ${POLICY} until 2026-06-10 (ends on 2026-03-12)`);
  const lines = renewalBody(one, NOW).split("\n");
  expect(lines).toEqual([
    "**This exception ends on 2026-03-12. Nobody has approved to go on with it: merging this renews it until 2026-06-10.**",
    "",
    `- Policy: \`${POLICY}\``,
    "- Matches: resource `press-photos`, account `111111111111`, region `eu-west-1`, tags `stage` = `old`",
    "- Owner: `team-a`",
    "- Ticket: SEC-1",
    "- Reason: moves in spring",
    "- File: `exceptions/a.yaml`, `press`; only its last day changes, from 2026-03-12 to 2026-06-10",
    "- On 2026-03-01 it covered 2 failing findings:",
    "  - `acme-logs-0` in `111111111111`, `eu-west-1`",
    "  - `acme-logs-1` in `111111111111`, `eu-west-1`",
    "",
    "**Without it** these findings fail from 2026-03-13 on as if they are not excepted, and the next report plans what mends them like anything else.",
    "",
    "**To decline**, close this. It is not proposed again for the same last day, and nothing has to be done: the exception ends by itself.",
    "",
  ]);
  expect(renewalBody(renewal(1), NOW)).toContain("this finding fails from 2026-03-13 on");
});

test("twenty names at most; the rest is counted", () => {
  const body = renewalBody(renewal(1_021), NOW);
  expect(body).toContain("it covered 1,021 failing findings:");
  expect(body.match(/acme-logs/g)).toHaveLength(20);
  expect(body).toContain("\n  - and 1,001 more\n");
  expect([...body].length).toBeLessThan(20_000);
});

test("whatever the texts are, the structure is the same, nobody is mentioned, nothing is linked", () => {
  const plainly = renewal(2);
  const expected = [structure(renewalBody(plainly, NOW)), structure(endedComment(plainly.exception, 2))];
  fc.assert(
    fc.property(hostileText, (text) => {
      const one = renewal(2, (own) => own + text);
      const texts = [renewalBody(one, NOW), endedComment(one.exception, 2)];
      expect(texts.map(structure)).toEqual(expected);
      for (const body of texts) {
        expect(body).not.toContain("<!--");
        expect(prose(body)).not.toMatch(/@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:/i);
        expect(html(body)).not.toMatch(/<(a|img|script)\b/);
      }
    }),
    { numRuns: 300 },
  );
});

test("an end is told with how much fails again, and what can be done", () => {
  const { exception: one } = renewal(1);
  expect(endedComment(one, 3)).toContain(
    `**The exception from \`${POLICY}\` that this pull request brought ended on 2026-03-12: 3 findings fail again.**`,
  );
  expect(endedComment(one, 1)).toContain("1 finding fails again.");
});
