import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startPythonServer } from "./ports.ts";

const listening = (url: string) =>
  fetch(`${url}/moto-api/`).then(
    () => true,
    () => false,
  );

test("an emulator ends with the process that started it, however that ends", async () => {
  const moto = fileURLToPath(new URL("./moto.ts", import.meta.url));
  const script = `import { startMoto } from ${JSON.stringify(moto)}; console.log((await startMoto()).url); setInterval(() => {}, 1000)`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = await once(parent.stdout, "data");
  const url = String(chunk).trim();
  expect(await listening(url)).toBe(true);

  parent.kill("SIGKILL");
  await once(parent, "close");
  for (let i = 0; i < 40 && (await listening(url)); i++) await sleep(100);
  expect(await listening(url)).toBe(false);
});

test("a server that ends while starting is an error with what it printed", async () => {
  const broken = startPythonServer({ module: "no_such_module", args: () => [], env: () => ({}), ready: /never/ });
  await expect(broken).rejects.toThrow(/no_such_module ended while starting[\s\S]*No module named no_such_module/);
});
