import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "./nats-server.ts";

/** The first line a server sends to a client that connects, such as `INFO {"server_id":…}`. */
function greeting(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.setEncoding("utf8");
    socket.once("error", reject);
    socket.once("data", (text: string) => {
      socket.destroy();
      resolve(text);
    });
  });
}

test.each(natsServers())("nats-server $version accepts connections once started, with JetStream", async (binary) => {
  await using server = await startNatsServer({ binary });
  expect(server.version).toBe(binary.version);
  expect(await greeting(server.port)).toMatch(/^INFO .*"jetstream":true/);
});

test.each(natsServers())("nats-server $version comes back on its port after a crash", async (binary) => {
  await using server = await startNatsServer({ binary });
  const { pid, url } = server;

  await server.kill();
  await expect(greeting(server.port)).rejects.toThrow("ECONNREFUSED");
  await server.restart();

  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await greeting(server.port)).toMatch(/^INFO/);
});

test("a disposed server is gone, and so is its data", async () => {
  const server = await startNatsServer();
  const { pid, storeDir } = server;
  expect(existsSync(storeDir)).toBe(true);
  await server[Symbol.asyncDispose]();
  expect(existsSync(storeDir)).toBe(false);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a server that cannot start says why", async () => {
  await expect(startNatsServer({ config: "no_such_option: 1" })).rejects.toThrow(/no_such_option/);
});

test("extra configuration reaches the server", async () => {
  await using server = await startNatsServer({ config: "max_payload: 65536" });
  expect(await greeting(server.port)).toContain('"max_payload":65536');
});
