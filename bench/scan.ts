import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AwsWire, startAwsWire, WireError } from "../test/support/aws-wire/server.ts";

const RESOURCES = 2000;
const PAGE = 500;

export interface ScanFigures {
  readonly title: string;
  readonly calls: number;
  /** The calls that no scan of these policies could do without. */
  readonly floor: number;
  /** Milliseconds, from the program's start to its end. */
  readonly wall: number;
  /** Bytes of resident memory at most, of the program alone. */
  readonly peak: number;
}

/** AssumeRole and GetCallerIdentity. */
const SESSION = 2;
/** Block, versioning and policy of each bucket; one list; the account's own block. */
const BUCKET_FIELDS = 3;

export async function scanBuckets(dist: string): Promise<ScanFigures> {
  const wire = await startAwsWire();
  const created = new Date("2026-01-01T00:00:00Z");
  const names = Array.from({ length: RESOURCES }, (_, index) => `bucket-${String(index).padStart(5, "0")}`);
  wire.on("s3", "ListBuckets", () => ({
    Buckets: names.map((Name) => ({ Name, CreationDate: created, BucketRegion: "us-east-1" })),
  }));
  wire.on("s3", "GetPublicAccessBlock", () => absent("NoSuchPublicAccessBlockConfiguration"));
  wire.on("s3", "GetBucketVersioning", () => ({ Status: "Enabled" }));
  wire.on("s3", "GetBucketPolicy", () => absent("NoSuchBucketPolicy"));
  wire.on("s3", "GetBucketTagging", () => absent("NoSuchTagSet"));
  wire.on("s3", "GetBucketWebsite", () => absent("NoSuchWebsiteConfiguration"));
  wire.on("s3control", "GetPublicAccessBlock", () => absent("NoSuchPublicAccessBlockConfiguration"));
  const floor = RESOURCES * BUCKET_FIELDS + 2 + SESSION;
  return measure(`scan of ${RESOURCES} buckets, 3 policies`, floor, wire, dist, ["--policies", "s3_*"]);
}

export async function scanVolumes(dist: string): Promise<ScanFigures> {
  const wire = await startAwsWire();
  const volume = (index: number): object => ({
    VolumeId: `vol-${index.toString(16).padStart(17, "0")}`,
    State: index % 2 === 0 ? "available" : "in-use",
    CreateTime: new Date("2025-01-01T00:00:00Z"),
    Attachments: [],
    Tags: [],
  });
  wire.on<{ NextToken?: string; MaxResults?: number }>(
    "ec2",
    "DescribeVolumes",
    ({ NextToken, MaxResults = RESOURCES }) => {
      const from = Number(NextToken ?? 0);
      const to = Math.min(from + Math.min(MaxResults, PAGE), RESOURCES);
      const Volumes = Array.from({ length: to - from }, (_, index) => volume(from + index));
      return { Volumes, ...(to < RESOURCES ? { NextToken: String(to) } : {}) };
    },
  );
  return measure(`scan of ${RESOURCES} volumes, 1 policy`, RESOURCES / PAGE + SESSION, wire, dist, [
    "--policies",
    "ebs_*",
  ]);
}

function absent(code: string): never {
  throw new WireError(code, "not set", 404);
}

async function measure(
  title: string,
  floor: number,
  wire: AwsWire,
  dist: string,
  choice: readonly string[],
): Promise<ScanFigures> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-bench-"));
  try {
    cpSync(join(import.meta.dirname, "evenkeel.yaml"), join(folder, "evenkeel.yaml"));
    const start = performance.now();
    const { code, errors } = await run([join(dist, "cli.js"), "scan", "--format", "json", ...choice], folder, wire.url);
    const wall = performance.now() - start;
    if (code !== 0) throw new Error(`${title} ended with ${code}\n${errors}`);
    wire.assertClean();
    const peak = Number(/^peak (\d+)$/m.exec(errors)?.[1] ?? 0) * 1024;
    return { title, calls: wire.calls.length, floor, wall, peak };
  } finally {
    await wire.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program tells its own peak at its end: nobody else can ask for it. */
const TELL =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))";

function run(args: readonly string[], cwd: string, url: string): Promise<{ code: number | null; errors: string }> {
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLEEXAMPLE00",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "us-east-1",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", TELL, ...args], {
      cwd,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, errors }));
  });
}
