/**
 * One bundle for the Action and the command line: rolldown, then ncc, then minifying.
 *
 * rolldown takes the packages' ES modules, of which only what is used gets in (ncc alone takes the CommonJS builds whole, at twice the size);
 * ncc makes of that what GitHub's runner is known to start. The AWS clients go in whole, because a user's remediation may name any operation:
 * `src/aws/services.ts` hands out their module namespaces, which no bundler may then thin out, and test/dist.test.ts proves that none did.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { minify } from "rolldown/utils";
import { packageFolder, packagesNamedIn } from "./licenses.ts";

/** Names stay where they can be seen (stack traces, `constructor.name`); locals do not. */
const MINIFY = {
  module: true,
  compress: true,
  mangle: { keepNames: true },
  codegen: { removeWhitespace: true },
} as const;

/** Writes `index.js` and its chunks into `out`; gives the folders of the packages that went in. */
export async function bundle(root: string, out: string): Promise<readonly string[]> {
  // Inside the project: ncc numbers chunks by paths that lead through its own loaders, and the way there must be the same in every checkout.
  const cache = join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(join(cache, "build-"));
  try {
    const packages = await roll(root, staging);
    pack(staging, out);
    await shrink(out, [root, staging]);
    return packages;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function roll(root: string, staging: string): Promise<readonly string[]> {
  const build = await rolldown({
    cwd: root,
    input: { main: join(root, "src/entry/main.ts") },
    platform: "node",
    resolve: { mainFields: ["module", "main"] },
    preserveEntrySignatures: "strict",
    logLevel: "warn",
  });
  const { output } = await build.write({
    dir: staging,
    format: "esm",
    entryFileNames: "[name].js",
    // Named after the package instead of numbered: ncc's chunk numbers come from these names, and a new service must not renumber the others.
    chunkFileNames: ({ facadeModuleId, name }) => `${chunkName(facadeModuleId) ?? name}.js`,
    // Unmangled and uncompressed input takes ncc five times as long (28 s instead of 6 s).
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await build.close();
  writeFileSync(join(staging, "package.json"), '{ "type": "module" }\n');
  const folders = new Set<string>();
  for (const chunk of output) {
    if (chunk.type !== "chunk") throw new Error(`rolldown wrote ${chunk.fileName}, which is no code`);
    for (const id of chunk.moduleIds) {
      const folder = packageFolder(id);
      if (folder !== undefined) folders.add(folder);
    }
  }
  // Bundled before, by the generation, and so not seen above.
  for (const folder of packagesNamedIn(readFileSync(join(root, "generated/validators.js"), "utf8"), root))
    folders.add(folder);
  return [...folders];
}

function chunkName(facade: string | null): string | undefined {
  const folder = facade === null ? undefined : packageFolder(facade);
  return folder
    ?.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length)
    .replace("/", "-")
    .replace("@", "");
}

function pack(staging: string, out: string): void {
  const require = createRequire(import.meta.url);
  const ncc = join(dirname(require.resolve("@vercel/ncc/package.json")), "dist/ncc/cli.js");
  const flags = ["--no-cache", "--quiet", "--out", out];
  execFileSync(process.execPath, [ncc, "build", "main.js", ...flags], {
    cwd: staging,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** @param secret paths that nothing may mention. */
async function shrink(out: string, secret: readonly string[]): Promise<void> {
  for (const name of readdirSync(out).sort()) {
    if (name === "package.json") continue;
    // ncc copies files that it believes are read at run time, and rewrites the paths to them; ours are in data/ and must not be touched.
    if (!/^([0-9]+\.)?index\.js$/.test(name)) throw new Error(`ncc wrote ${name}, which is no code`);
    const file = join(out, name);
    const { code, errors } = await minify(name, readFileSync(file, "utf8"), MINIFY);
    if (errors.length > 0) throw new Error(`${name}: ${errors.map(({ message }) => message).join("; ")}`);
    const leaked = secret.find((path) => code.includes(path));
    if (leaked !== undefined) throw new Error(`${name} mentions ${leaked}`);
    writeFileSync(file, code);
  }
}
