import type { PolicyDocument, Statement } from "./iam.ts";

/** Most characters of one managed policy; AWS does not count white space. */
export const MANAGED_POLICY_LIMIT = 6144;

const VERSION = "2012-10-17";

/** Characters as AWS counts them. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, "").length;
}

/** Spreads statements over as few documents as their order allows, none above the limit; a statement too large for one is cut by its actions. */
export function pack(statements: readonly Statement[], limit = MANAGED_POLICY_LIMIT): PolicyDocument[] {
  const documents: Statement[][] = [];
  for (const statement of statements.flatMap((whole) => fitting(whole, limit))) {
    const last = documents[documents.length - 1];
    if (last !== undefined && fits([...last, statement], limit)) last.push(statement);
    else documents.push([statement]);
  }
  return documents.map((Statement) => ({ Version: VERSION, Statement }));
}

function fitting(statement: Statement, limit: number): Statement[] {
  if (fits([statement], limit) || statement.Action.length < 2) return [statement];
  const middle = Math.ceil(statement.Action.length / 2);
  return [
    ...fitting({ ...statement, Sid: `${statement.Sid}A`, Action: statement.Action.slice(0, middle) }, limit),
    ...fitting({ ...statement, Sid: `${statement.Sid}B`, Action: statement.Action.slice(middle) }, limit),
  ];
}

function fits(statements: readonly Statement[], limit: number): boolean {
  return policySize({ Version: VERSION, Statement: statements }) <= limit;
}
