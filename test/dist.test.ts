import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");
const folder = mkdtempSync(join(tmpdir(), "evenkeel-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const read = (path: string): string => readFileSync(join(dist, path), "utf8");

function node(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
  });
}

test("every operation of every service is in the bundle, by the name that the client is asked for", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { join } from "node:path";
    const { services } = await import(${JSON.stringify(join(dist, "main/index.js"))});
    const missing = [];
    let operations = 0;
    for (const [name, service] of services) {
      const module = await service.load();
      const model = JSON.parse(readFileSync(join(${JSON.stringify(join(dist, "data/models"))}, name + ".json"), "utf8"));
      for (const want of [service.client, ...Object.keys(model.operations).map((operation) => operation + "Command")]) {
        if (typeof module[want] !== "function") missing.push(name + ":" + want);
        operations += 1;
      }
    }
    console.log(JSON.stringify({ services: services.size, operations, missing }));
  `;
  const { stdout, stderr } = node(["--input-type=module", "--eval", script]);
  expect(stderr).toBe("");
  const { services, operations, missing } = JSON.parse(stdout);
  expect(missing).toEqual([]);
  expect(services).toBeGreaterThanOrEqual(40);
  expect(operations).toBeGreaterThan(3800);
});

test("the command line runs as a program of its own, from any folder", () => {
  const { stdout, status } = spawnSync(join(dist, "cli.js"), ["--version"], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
    encoding: "utf8",
  });
  expect({ stdout: stdout.trim(), status }).toEqual({ stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/), status: 0 });
});

test("validate finds the shipped catalogue and loads nothing that speaks to a network", () => {
  const coverage = join(folder, "coverage");
  const { stdout, status } = node([join(dist, "cli.js"), "validate"], { NODE_V8_COVERAGE: coverage });
  expect(stdout).toMatch(/^No problems: \d+ policies/);
  expect(status).toBe(0);
  // The coverage record names every file that was loaded.
  const record: { result: { url: string }[] } = JSON.parse(
    readFileSync(join(coverage, readdirSync(coverage)[0] ?? ""), "utf8"),
  );
  const loaded = record.result.filter(({ url }) => url.startsWith("file:")).map(({ url }) => fileURLToPath(url));
  expect(loaded).toContain(join(dist, "main/index.js"));
  for (const file of loaded) {
    const code = readFileSync(file, "utf8");
    expect(code, file).not.toMatch(/serviceId:|GITHUB_API_URL|undici|octokit/);
  }
  const bytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(1_000_000);
});

test("a mistake in a file of the user's own is told with its place", () => {
  const own = join(folder, "own");
  mkdirSync(join(own, "policies"), { recursive: true });
  const text = readFileSync(join(root, "policies/s3/bucket-versioning.yaml"), "utf8");
  writeFileSync(
    join(own, "policies/mine.yaml"),
    text.replace(/^id: .+$/m, "id: s3_bucket_mine").replace("Versioning.", "Versionin."),
  );
  writeFileSync(join(own, "evenkeel.yaml"), readFileSync(join(root, "bench/evenkeel.yaml")));
  const { stdout, status } = node([join(dist, "cli.js"), "validate", "--config", join(own, "evenkeel.yaml")]);
  expect(stdout).toMatch(/mine\.yaml:\d+:\d+: .*Versionin/);
  expect(status).toBe(2);
});

test("the action's entrance reads its inputs and hands over its outputs", () => {
  const output = join(folder, "output");
  const summary = join(folder, "summary");
  for (const file of [output, summary]) spawnSync("touch", [file]);
  const { status, stdout } = node([join(dist, "action.js")], {
    INPUT_COMMAND: "validate",
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  });
  expect(stdout).toContain("No problems: ");
  expect(status).toBe(0);
  expect(readFileSync(output, "utf8")).toMatch(/exit_code<<.+\n0\n/);
});

test("the files are what the build makes, and mention no machine", () => {
  const names = files
    .map((file) => file.slice(dist.length + 1))
    .filter((file) => !/^main\/([0-9]+\.)?index\.js$/.test(file));
  const models = names.filter((file) => file.startsWith("data/models/"));
  expect(models.length).toBeGreaterThanOrEqual(40);
  expect(names.filter((file) => !models.includes(file)).sort()).toEqual([
    "action.js",
    "cli.js",
    "data/catalogue.json",
    "data/iam.json",
    "licenses.txt",
    "main/package.json",
    "package.json",
  ]);
  const telling = [root, "/node_modules/", ["registry", "npmjs"].join("."), "/home/runner"];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    expect(
      telling.filter((path) => text.includes(path)),
      file,
    ).toEqual([]);
  }
});

test("the licence of every bundled dependency is there", () => {
  const text = read("licenses.txt");
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  // ajv is a development dependency whose run-time helpers the generated validators carry along.
  const wanted = [...Object.entries(dependencies).map(([name, version]) => `${name} ${version}`), "ajv "];
  expect(wanted.filter((entry) => !text.includes(entry))).toEqual([]);
});

test("the size stays within its budget", () => {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(11_000_000);
});
