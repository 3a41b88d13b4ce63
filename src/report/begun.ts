import { blocks } from "./markdown-parts.ts";
import { plural } from "./words.ts";

/** Hidden last lines of a result comment: the result itself is still to come; or it stands, and not all that belongs to it could be written. */
const BEGUN = "<!-- evenkeel:begun -->";
const UNTOLD = "<!-- evenkeel:untold -->";

/** What the result comment says while a run is at it. `run`: the address of the job. */
export function begunComment(items: number, run: string): string {
  const where = /^https?:\/\/[\w.:/-]+$/.test(run) ? `[this job](${run})` : "a job";
  return `${blocks(
    `## Applying ${plural(items, "approved change")}`,
    `Begun by ${where}. How it ends will stand here. Where the job is cut off, the next run goes on where it stopped, and nothing is done twice.`,
    BEGUN,
  )}\n`;
}

/** Whether the result is still to come. Our own mark, on a line where no text of others can stand. */
export function isBegun(body: string): boolean {
  return body.trimEnd().endsWith(`\n${BEGUN}`);
}

export function isUntold(body: string): boolean {
  return body.trimEnd().endsWith(`\n${UNTOLD}`);
}

export function withUntold(body: string): string {
  return `${body.trimEnd()}\n\n${UNTOLD}\n`;
}

export function withoutUntold(body: string): string {
  return isUntold(body) ? `${body.trimEnd().slice(0, -UNTOLD.length).trimEnd()}\n` : body;
}
