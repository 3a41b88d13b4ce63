/** The dashboard, by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Company, configOf, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

test("one issue, which a second run leaves alone and the next change edits; without the right to write it, all else stands", async () => {
  const { account } = await company.buckets("orders");
  const repository = await company.repository(configOf([account], ["s3_bucket_versioning"]));
  const run = async (more: Readonly<Record<string, string>> = {}) =>
    (await repository.start({ command: "report", dashboard: "true", ...more })).ended;
  const issue = () => repository.repo.state.threads.get(2);
  const first = await repository.writes(() => run());
  expect(first.result, first.result.text).toMatchObject({ exit: 0, outputs: { pull_request: "1" } });
  expect(first.result.text).toContain("Dashboard created: ");
  expect(issue()?.title).toBe("Evenkeel dashboard");
  const made = issue()?.body ?? "";
  expect(made.startsWith("<!-- evenkeel:dashboard v1 -->\n")).toBe(true);
  expect(made).toContain("**1 failing finding: 1 fix in 1 open report, 0 left to people, 0 excepted.**");
  expect(made).toMatch(/\| `all` \| #1 \| 1 \| \d{4}-\d\d-\d\d \| waits for review \|/);

  const second = await repository.writes(() => run());
  expect(second.calls).toEqual([]);
  expect(second.result.text).toContain("Dashboard unchanged: ");
  const part = await repository.writes(() => run({ policies: "s3_bucket_versioning" }));
  expect(part.result.text).toContain("Dashboard left as it is");
  expect(issue()?.body).toBe(made);

  for (const { number } of repository.repo.pulls("open")) {
    if (number !== 1) repository.repo.close(number);
  }
  repository.merge();
  const message = "Resource not accessible by integration";
  repository.github.fault({ route: "issues/update" }, { status: 403, body: { message } });
  const denied = await run();
  expect(denied).toMatchObject({ exit: 0, outputs: { planned: "1" } });
  expect(denied.text).toContain("Dashboard not written: ");
  expect(denied.summary).toContain("Dashboard not written: ");
  expect(issue()?.body).toBe(made);
  expect((await run()).text).toContain("Dashboard updated: ");
  expect(issue()?.body).toContain("1 fix approved and not applied yet");
  expect(issue()?.body).toMatch(
    /### Approved and not applied\n\n.*\n.*\n\| `all` \| #1 \| 1 \| \d{4}-\d\d-\d\d \| may be applied until \d{4}-\d\d-\d\d \|/,
  );
  // Tried and not done is told too, and what is done is gone from it.
  expect(await repository.apply({ env: { EVENKEEL_STOP: "incident" } })).toMatchObject({ exit: 3 });
  expect((await run()).text).toContain("Dashboard unchanged: ");
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  await run();
  expect(issue()?.body).not.toContain("Approved and not applied");
  expect(repository.repo.state.threads.size).toBe(3);
}, 120_000);
