/**
 * Servers of tests and demo on loopback ports: find a free port, start a Python child that listens on it and never leave it behind,
 * pass a request on to one.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What every emulator offers. State is in memory only: `reset` empties all accounts, `stop` forgets everything. */
export interface Emulator {
  readonly kind: "moto" | "ministack";
  /** `http://127.0.0.1:<port>`, without a slash at the end; what AWS_ENDPOINT_URL takes. */
  readonly url: string;
  readonly port: number;
  /** Empties all accounts. Session credentials from before are void afterwards. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  /** What the server printed, newest 200,000 characters. */
  logs(): string;
}

export interface PythonServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
  logs(): string;
}

export interface PythonServerOptions {
  /** Module that is run as `python -m` would. */
  readonly module: string;
  readonly args: (port: number) => readonly string[];
  readonly env: (port: number) => Readonly<Record<string, string>>;
  /** Matches what the server prints once it listens. */
  readonly ready: RegExp;
}

const PYTHON = fileURLToPath(new URL("../../.cache/venv/bin/python", import.meta.url));
const START_LIMIT_MS = 30_000;
const LOG_LIMIT = 200_000;
const ATTEMPTS = 3;

/**
 * Runs the module, and ends it as soon as standard input ends. The operating system closes that pipe however this process
 * ends, SIGKILL included, which no exit handler here could promise. os.read, because a buffered read would hold a lock
 * that Python wants at its end. SIGTERM first gives the server its clean-up; two seconds later there is no more asking.
 * It removes its own temporary folder, since the parent may be gone.
 */
const GUARD = `
import atexit, os, runpy, shutil, signal, sys, threading, time
clean = lambda home=os.getcwd(): shutil.rmtree(home, ignore_errors=True)
atexit.register(clean)
def watch():
    while os.read(0, 1):
        pass
    signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
    time.sleep(2)
    clean()
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
module = sys.argv.pop(1)
sys.argv[0] = module
runpy.run_module(module, run_name="__main__", alter_sys=True)
`;

/** Listens on a free port of 127.0.0.1 and returns it. HTTP servers are TCP servers too. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve(address.port);
      else reject(new Error("the operating system named no port"));
    });
  });
}

/** A TCP port of 127.0.0.1 that nothing listens on at this moment; another process may still take it before the caller does. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the server on a free port and resolves once it listens. Rejects with what it printed when it does not. */
export async function startPythonServer(options: PythonServerOptions): Promise<PythonServer> {
  if (!existsSync(PYTHON)) throw new Error("the AWS emulators are not installed: run `node scripts/run.mjs setup`");
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await startOn(port, options);
    } catch (error) {
      // Somebody else was quicker on that port; any other failure would only repeat itself.
      if (attempt === ATTEMPTS || !/already in use/i.test(String(error))) throw error;
    }
  }
}

async function startOn(port: number, options: PythonServerOptions): Promise<PythonServer> {
  // A folder of its own: MiniStack leaves a file per port in the temporary folder.
  const temporary = mkdtempSync(join(tmpdir(), "evenkeel-emulator-"));
  // Nothing of AWS_* is handed on: the emulators read it, and a developer's own settings must not decide a test.
  const base = { PATH: process.env["PATH"] ?? "", HOME: temporary, TMPDIR: temporary, PYTHONUNBUFFERED: "1" };
  const child = spawn(PYTHON, ["-c", GUARD, options.module, ...options.args(port)], {
    cwd: temporary,
    env: { ...base, ...options.env(port) },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      gone = true;
      rmSync(temporary, { recursive: true, force: true });
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    if (gone) return;
    child.ref();
    // There is nothing to save, and asking politely takes MiniStack seconds of waiting for open connections.
    child.kill("SIGKILL");
    await ended;
  };

  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${options.module} ${why}\n${text}`));
    const timer = setTimeout(() => {
      fail(`was not listening after ${START_LIMIT_MS / 1000} s`);
      void stop();
    }, START_LIMIT_MS);
    const read = (chunk: string): void => {
      text = (text + chunk).slice(-LOG_LIMIT);
      if (options.ready.test(text)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    // Writing never happens; the pipe breaks when the child ends first, and that is no news.
    child.stdin.on("error", () => {});
    child.once("error", (error) => fail(error.message));
    void ended.then(() => {
      clearTimeout(timer);
      fail("ended while starting");
    });
  });
  // A forgotten server keeps no test run alive: the process may end, and the pipe ends the child.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    if ("unref" in stream && typeof stream.unref === "function") stream.unref();
  return { port, url: `http://127.0.0.1:${port}`, stop, logs: () => text };
}

/** POST without a body to an emulator's own control address; rejects when the answer is not 2xx. */
export async function post(url: string): Promise<void> {
  const answer = await fetch(url, { method: "POST" });
  if (!answer.ok) throw new Error(`POST ${url} answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** The whole of a request or answer. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** These speak about one connection, not about the message; lengths are set anew, as bodies are read whole. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "expect", "content-length"]);

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = value;
  return kept;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

/** Passes a request on to `target` with its path, headers (Host too) and body as they came; resolves with the answer, read whole. */
export function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target);
    const headers = { ...endToEnd(incoming.headers), "content-length": String(body.length) };
    const path = incoming.url ?? "/";
    const sent = request(
      { hostname, port, path, method: incoming.method ?? "GET", headers, agent: false },
      (answer) => {
        collect(answer).then((received) => {
          const length = incoming.method === "HEAD" ? answer.headers["content-length"] : String(received.length);
          const kept = endToEnd(answer.headers);
          if (length !== undefined && answer.statusCode !== 204) kept["content-length"] = length;
          resolve({ status: answer.statusCode ?? 502, headers: kept, body: received });
        }, reject);
      },
    );
    sent.once("error", reject).end(body);
  });
}
