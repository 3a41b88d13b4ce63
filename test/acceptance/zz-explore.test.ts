import { test } from "vitest";
import { configOf, startCompany, PLAN } from "./company.ts";
import { makeBucket } from "../support/world/s3.ts";
test("explore", async () => {
  const c = await startCompany();
  try {
  const a = await c.stage.account(); const b = await c.stage.account();
  await makeBucket(a, `orders-${a.account}`); await makeBucket(b, `logs-${b.account}`, {tags:{team:"##[error]x"}});
  const r = await c.repository(configOf([a.account,b.account], ["s3_bucket_versioning","s3_bucket_public_access_block"]));
  const t = (l:string)=>console.log(l, Math.round(performance.now()));
  t("start");
  const one = await r.report(); t("report");
  console.log(one.exit, one.outputs, one.commands, one.text, one.stderr, one.summary);
  const two = await r.writes(()=>r.report()); t("report2");
  console.log(two.result.exit, two.calls.length, two.result.stdout);
  r.merge();
  const three = await r.writes(()=>r.apply()); t("apply");
  console.log(three.result.exit, three.result.outputs, three.result.stdout, three.result.stderr, three.result.summary, three.calls.map(c=>c.operation));
  const four = await r.writes(()=>r.apply()); t("apply2");
  console.log(four.result.exit, four.result.outputs, four.result.stdout, four.result.stderr, four.calls.map(c=>c.operation), four.result.summary);
  const five = await r.writes(()=>r.report()); t("report");
  console.log(five.result.exit, five.result.stdout, five.calls.map(c=>c.operation));
  console.log(r.repo.comments(1).map(c=>c.body));
  } finally { await c.stop(); }
}, 120000);
