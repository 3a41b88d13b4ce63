/** Which operations have pages: from the paginators of the SDK package, whose sources are one line each. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

const call = /createPaginator\(\w+, (\w+)Command, "([^"]+)", "([^"]+)", "([^"]*)"\)/;

/** Operation -> [input token, output token, page size?]. */
export function paginationOf(packageFolder: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const folder = `${packageFolder}/dist-es/pagination`;
  if (!existsSync(folder)) return found;
  for (const file of readdirSync(folder).filter((name) => name.endsWith("Paginator.js"))) {
    const match = call.exec(readFileSync(`${folder}/${file}`, "utf8"));
    const [, operation, inputToken, outputToken, pageSize] = match ?? [];
    if (operation === undefined || inputToken === undefined || outputToken === undefined)
      throw new Error(`${folder}/${file} is not written as expected`);
    found.set(operation, pageSize ? [inputToken, outputToken, pageSize] : [inputToken, outputToken]);
  }
  return found;
}

const tokens = ["NextToken", "nextToken", "NextMarker", "Marker", "marker"];
const sizes = ["MaxResults", "maxResults", "Limit", "limit", "MaxItems", "MaxRecords", "PageSize"];
const reading = /^(Describe|Get|List|Search)/;

/** Names of an output's members; of those that are structures, also the names inside. */
export type OutputNames = ReadonlyMap<string, readonly string[]>;

/**
 * Some 160 operations have pages although the SDK has no paginator for them (EventBridge, WAF, parts of CloudFront and EC2): the trait is
 * missing in AWS's model. Without this their first page would pass for the whole list. What needs two tokens (route53's record sets,
 * s3's object versions) stays without pages: such an answer says itself that it is not complete (`IsTruncated`).
 */
export function inferPagination(operation: string, input: readonly string[], output: OutputNames): readonly string[] {
  // ListObjects gives its NextMarker only where there is a delimiter.
  if (!reading.test(operation) || operation === "ListObjects") return [];
  const pair = tokenPair(input, output);
  if (pair === undefined) return [];
  const size = sizes.find((name) => input.includes(name));
  return size === undefined ? pair : [...pair, size];
}

function tokenPair(input: readonly string[], output: OutputNames): readonly [string, string] | undefined {
  const first = (inputToken: string, outputToken: string): readonly [string, string] | undefined => {
    if (!input.includes(inputToken)) return undefined;
    if (output.has(outputToken)) return [inputToken, outputToken];
    const holder = [...output].find(([, inside]) => inside.includes(outputToken));
    return holder === undefined ? undefined : [inputToken, `${holder[0]}.${outputToken}`];
  };
  // Where there is a NextMarker, the output's Marker only repeats the input's.
  const renamed = first("Marker", "NextMarker") ?? first("ContinuationToken", "NextContinuationToken");
  if (renamed !== undefined) return renamed;
  for (const name of tokens) if (input.includes(name) && output.has(name)) return [name, name];
  const start = input.find((name) => name.startsWith("ExclusiveStart"));
  const last = start?.replace("ExclusiveStart", "LastEvaluated");
  return start !== undefined && last !== undefined && output.has(last) ? [start, last] : undefined;
}
