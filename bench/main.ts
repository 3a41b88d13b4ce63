/**
 * Prints figures of the built program and asserts none: `npm run bench`, after `npm run build`. Their meaning and the machine they were
 * measured on belong beside them wherever they are quoted.
 */
import { readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { evaluations } from "./evaluate.ts";
import { scanBuckets, scanVolumes } from "./scan.ts";
import { startUp } from "./startup.ts";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");

function line(name: string, value: string): void {
  console.log(`${name.padEnd(48)}${value}`);
}
const ms = (value: number): string => `${value.toFixed(0)} ms`;
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

line("machine", `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}`);
line("dist", `${mb(sizeOf(dist))}, of it code ${mb(sizeOf(join(dist, "main")))}`);

const start = startUp(dist);
line("an empty Node program, median of 15", ms(start.empty));
line("evenkeel validate, median of 15", ms(start.validate));
line("evenkeel validate with 100 policies, of 5", ms(start.hundred));

for (const { policy, perSecond } of evaluations(root)) {
  line(`evaluations of ${policy}`, `${Math.round(perSecond / 1000)} thousand a second`);
}

for (const scan of [scanBuckets, scanVolumes]) {
  const { title, calls, floor, wall, peak } = await scan(dist);
  line(title, `${calls} calls (floor ${floor}), ${(wall / 1000).toFixed(1)} s, peak ${mb(peak)}`);
}
