import { createServer, type ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import { createReader } from "../../src/aws/reader.ts";
import { connectTo, remoteError } from "./connection.ts";

const open: Connection[] = [];
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

/** A server on loopback that answers everything in one way. */
async function answering(
  answer: (response: ServerResponse) => void,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

test("an emulator's HTML page means that it lacks the operation", async () => {
  const page = await answering((response) => {
    response
      .writeHead(500, { "content-type": "text/html; charset=utf-8" })
      .end("<!doctype html><h1>Internal Server Error</h1>");
  });
  const { connection } = connectTo(page.url);
  open.push(connection);
  const error = await remoteError(createReader(connection).enter("222222222222"));
  expect(error).toMatchObject({ kind: "unsupported", status: 500, attempts: 1, code: "Http500" });
  await page.stop();
});

test("a proxy set in the environment is used", async () => {
  const asked: string[] = [];
  const proxied = await answering((response) => {
    asked.push(response.req.url ?? "");
    response.writeHead(403).end();
  });
  const { connection } = connectTo("http://sts.example.invalid", {
    env: { AWS_ENDPOINT_URL: "http://sts.example.invalid", HTTP_PROXY: proxied.url },
  });
  open.push(connection);
  expect(await remoteError(createReader(connection).enter("222222222222"))).toMatchObject({ kind: "denied" });
  expect(asked).toEqual(["http://sts.example.invalid/"]);
  await proxied.stop();
});

test("an answer that stops in the middle ends in a timeout, too", async () => {
  const half = await answering((response) => {
    response.writeHead(200, { "content-type": "text/xml", "content-length": "1000" }).write("<AssumeRoleResponse>");
  });
  const { connection } = connectTo(half.url, { timeouts: { idle: 150 }, limits: { attempts: 1 } });
  open.push(connection);
  expect(await remoteError(createReader(connection).enter("222222222222"))).toMatchObject({ kind: "timeout" });
  await half.stop();
});
