import { Bug } from "../errors.ts";
import { isArray, isObject, withPointer } from "../json.ts";
import type { AwsReader, AwsWriter, CallRequest } from "../types/aws.ts";
import type { CelEnvironment, Scope } from "../types/cel.ts";
import type { Clock } from "../types/clock.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { Models, Operation } from "../types/operation.ts";
import type { PlanItem, PlannedCall } from "../types/plan.ts";

/** A planned call did not lead where it should, though AWS refused nothing. */
export class StepError extends Error {
  override readonly name = "StepError";
}

type Looking = Pick<Execution, "reader" | "models" | "cel" | "region">;

export interface Execution {
  readonly reader: AwsReader;
  readonly writer: AwsWriter;
  readonly models: Models;
  readonly cel: CelEnvironment;
  readonly clock: Clock;
  /** Where calls go; a plan's `global` is the partition's home region. */
  readonly region: string;
  /** Outputs of steps that an earlier, killed run made. */
  readonly done: ReadonlyMap<string, JsonObject>;
  /** When the killed run that this one finishes began, ISO 8601; undefined where there is none, and then nothing is looked for to reuse. */
  readonly since: string | undefined;
  /** Asked before every write but the first: throws where the resource is no longer what the plan saw. */
  readonly stillSame?: () => Promise<void>;
  /** Returns once the step's output is safe in the journal. */
  readonly onStep: (step: string, output: JsonObject, requestId: string) => Promise<void>;
}

/** Makes the calls in order, none that was made already, and gives the outputs by step. */
export async function execute(
  item: PlanItem,
  calls: readonly PlannedCall[],
  execution: Execution,
): Promise<ReadonlyMap<string, JsonObject>> {
  const outputs = new Map(execution.done);
  let waited = outputs.size > 0;
  for (const call of calls) {
    if (outputs.has(call.step)) continue;
    // The comparison that let the item run may be hours old by now.
    if (waited && call.reads !== true) await execution.stillSame?.();
    waited = true;
    const params = resolveParams(call, outputs, execution.cel);
    const { since } = execution;
    const found =
      call.reuse === undefined || since === undefined
        ? undefined
        : await findReusable(item, call.reuse, since, execution);
    if (found !== undefined) {
      await execution.onStep(call.step, found, "");
      outputs.set(call.step, found);
      continue;
    }
    const { output, requestId } =
      call.reads === true ? await poll(item, call, params, execution) : await write(item, call, params, execution);
    await execution.onStep(call.step, output, requestId);
    outputs.set(call.step, output);
  }
  return outputs;
}

/** Looks for what calls made whose answers nobody got, by their `reuse`. */
export async function recover(
  item: PlanItem,
  made: ReadonlyMap<string, JsonObject>,
  since: string,
  execution: Looking,
): Promise<ReadonlyMap<string, JsonObject>> {
  const outputs = new Map(made);
  for (const { step, reuse } of item.calls) {
    if (reuse === undefined || outputs.has(step)) continue;
    const found = await findReusable(item, reuse, since, execution);
    if (found !== undefined) outputs.set(step, found);
  }
  return outputs;
}

/** Fills in what earlier steps supplied. `steps.NAME` is the output, or the list of outputs where the step ran for each element. */
export function resolveParams(
  call: PlannedCall,
  outputs: ReadonlyMap<string, JsonObject>,
  cel: CelEnvironment,
): JsonObject {
  let params: Json = call.params;
  for (const [pointer, expression] of Object.entries(call.bind ?? {})) {
    const compiled = cel.compile(expression, { steps: { kind: "any" } });
    if (!compiled.ok)
      throw new StepError(`${call.step}: ${expression}: ${compiled.problems.map(({ message }) => message).join("; ")}`);
    const result = compiled.value.evaluate({ steps: { json: stepsValue(outputs) } });
    if (result.kind !== "value") {
      throw new StepError(
        `${call.step}: ${expression} gives no value${result.kind === "absent" ? "" : `: ${result.message}`}`,
      );
    }
    params = withPointer(params, pointer, result.value);
  }
  if (!isObject(params)) throw new Bug("parameters of a call are an object");
  return params;
}

function stepsValue(outputs: ReadonlyMap<string, JsonObject>): JsonObject {
  const steps: Record<string, Json> = {};
  for (const [step, output] of outputs) {
    const [name = "", index] = step.split(".");
    if (index === undefined) {
      steps[name] = output;
      continue;
    }
    const known = steps[name];
    const list = isArray(known) ? [...known] : [];
    list[Number(index)] = output;
    steps[name] = list;
  }
  return steps;
}

async function write(item: PlanItem, call: PlannedCall, params: JsonObject, execution: Execution) {
  try {
    const result = await execution.writer.send({ ...request(item, call.call, params, execution), item: item.id });
    failIfRefused(call, result.output, execution);
    return result;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code === "string" && call.already?.includes(code) === true) return { output: {}, requestId: "" };
    throw error;
  }
}

/** A reading step: once, or again and again until its condition holds. What is not there yet may be about to be. */
async function poll(item: PlanItem, call: PlannedCall, params: JsonObject, execution: Execution) {
  const { until } = call;
  const target = request(item, call.call, params, execution);
  if (until === undefined) {
    const result = await execution.reader.call(target);
    failIfRefused(call, result.output, execution);
    return result;
  }
  const condition = compileOver(
    until.condition,
    { output: operationOf(call.call, execution.models).output },
    execution.cel,
  );
  const deadline = execution.clock.now() + until.limit * 1000;
  for (let wait = 500; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      const result = await execution.reader.call(target);
      failIfRefused(call, result.output, execution);
      if (condition({ output: result.output }) === true) return result;
    } catch (error) {
      if (!(error instanceof Error && "kind" in error && error.kind === "not_found")) throw error;
    }
    if (execution.clock.now() + wait > deadline) {
      throw new StepError(`${call.call} did not show \`${until.condition}\` within ${until.limit} s`);
    }
    await execution.clock.sleep(wait);
  }
}

function failIfRefused(call: PlannedCall, output: JsonObject, execution: Execution): void {
  if (call.failure === undefined) return;
  const scope: Scope = { output: operationOf(call.call, execution.models).output };
  if (compileOver(call.failure.when, scope, execution.cel)({ output }) !== true) return;
  const because = compileOver(call.failure.because, scope, execution.cel)({ output });
  throw new StepError(
    `${call.call} answered 200 with an error inside: ${typeof because === "string" ? because : "no reason given"}`,
  );
}

/** Looks for what the killed run made, and only for that: anything older belongs to another try, whose data may be stale by now. */
async function findReusable(
  item: PlanItem,
  reuse: NonNullable<PlannedCall["reuse"]>,
  since: string,
  execution: Looking,
): Promise<JsonObject | undefined> {
  const scope: Scope = { output: operationOf(reuse.call, execution.models).output, since: { kind: "timestamp" } };
  const items = compileOver(reuse.items, scope, execution.cel);
  for await (const { output } of execution.reader.pages(request(item, reuse.call, reuse.params, execution))) {
    const found = items({ output, since });
    const first = isArray(found) ? found[0] : undefined;
    if (isObject(first)) return first;
  }
  return undefined;
}

function compileOver(
  expression: string,
  scope: Scope,
  cel: CelEnvironment,
): (values: Readonly<Record<string, Json>>) => Json | undefined {
  const compiled = cel.compile(expression, scope);
  if (!compiled.ok) throw new StepError(`${expression}: ${compiled.problems.map(({ message }) => message).join("; ")}`);
  return (values) => {
    const bindings = Object.fromEntries(Object.entries(values).map(([name, json]) => [name, { json }]));
    const result = compiled.value.evaluate(bindings);
    return result.kind === "value" ? result.value : undefined;
  };
}

function request(item: PlanItem, call: string, input: JsonObject, execution: Pick<Execution, "region">): CallRequest {
  const [service = "", operation = ""] = call.split(":");
  return { account: item.account, region: execution.region, service, operation, input, iam: item.iam };
}

function operationOf(call: string, models: Models): Operation {
  const [service = "", name = ""] = call.split(":");
  const operation = models.operation(service, name);
  if (operation === undefined) throw new StepError(`AWS has no operation ${call}`);
  return operation;
}
