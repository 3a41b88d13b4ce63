import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { page } from "./pictures-page.ts";
import { pictured } from "./pictures-world.ts";

/**
 * `npm run pictures`: what the program writes on GitHub, as a reviewer sees it, into docs/pictures. By hand, after a change of reports; needs
 * Chromium (Debian: `apt-get install chromium`), on the PATH or named by CHROMIUM.
 */
const folder = join(import.meta.dirname, "../docs/pictures");
const WIDTH = 900;
/** What a page of the documentation can bear; the picture of a longer text ends there. */
const TALLEST = 1_300;
const LARGEST = 200_000;

function findBrowser(): string | undefined {
  const names = [process.env["CHROMIUM"] ?? "", "chromium", "chromium-browser", "google-chrome"];
  return names.find((name) => {
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" });
      return name !== "";
    } catch {
      return false;
    }
  });
}

function browse(browser: string, address: string, ...more: readonly string[]): string {
  const profile = mkdtempSync(join(tmpdir(), "evenkeel-chromium-"));
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  const plain = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--hide-scrollbars",
    "--disable-lcd-text",
  ];
  try {
    const args = [...plain, ...quiet, `--user-data-dir=${profile}`, ...more, address];
    return execFileSync(browser, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

function picture(browser: string, html: string, file: string): void {
  const work = mkdtempSync(join(tmpdir(), "evenkeel-page-"));
  try {
    const path = join(work, "page.html");
    const measure = "<script>document.documentElement.dataset.height = document.body.scrollHeight</script>";
    writeFileSync(path, html + measure);
    const address = pathToFileURL(path).href;
    const dom = browse(browser, address, `--window-size=${WIDTH},600`, "--dump-dom");
    const height = Math.min(TALLEST, Number(/data-height="(\d+)"/.exec(dom)?.[1] ?? 600));
    browse(browser, address, `--window-size=${WIDTH},${height}`, `--screenshot=${file}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const browser = findBrowser();
  if (browser === undefined) {
    process.stderr.write("Pictures need Chromium: apt-get install chromium, or name it by CHROMIUM.\n");
    return 2;
  }
  mkdirSync(folder, { recursive: true });
  let exit = 0;
  for (const [name, shown] of await pictured()) {
    const file = join(folder, `${name}.png`);
    picture(browser, page(shown), file);
    const { size } = statSync(file);
    process.stdout.write(`docs/pictures/${name}.png: ${size} bytes\n`);
    if (size > LARGEST) exit = 1;
  }
  if (exit !== 0) process.stderr.write(`A picture has more than ${LARGEST} bytes.\n`);
  return exit;
}

process.exitCode = await main();
