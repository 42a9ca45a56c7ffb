import { nats } from "@arpeggio/transport-nats";
import { expect, test } from "vitest";
import { greetingAs, startHandMadeServer } from "./hand-made-server.ts";

const noise = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i * 7_919 + (i >> 3))).toString("latin1");

test.each(["2.8.4", "1.4.1", "2.8.99-RC.1"])("a server of version '%s' is refused, and let go", async (version) => {
  await using server = await startHandMadeServer(greetingAs({ version, jetstream: true }));
  await expect(nats({ servers: server.address }).open("a")).rejects.toMatchObject({
    code: "SERVER_TOO_OLD",
    message: expect.stringMatching(new RegExp(`${version}.*2\\.9\\.0 or newer`)) as string,
    hint: expect.stringContaining("2.9.0") as string,
  });
  expect(server.connected).toBe(1);
  await expect.poll(() => server.open).toBe(0);
});

test("a server without JetStream, and nobody behind it who has it, is refused, and let go", async () => {
  await using server = await startHandMadeServer(greetingAs({ version: "2.9.10" }));
  await expect(nats({ servers: server.address, connectTimeoutMs: 300 }).open("a")).rejects.toMatchObject({
    code: "JETSTREAM_DISABLED",
    message: expect.stringContaining(server.address) as string,
    hint: expect.stringContaining("-js") as string,
  });
  await expect.poll(() => server.open).toBe(0);
});

test.each([
  { what: "closes at once", greet: "", closes: true },
  { what: "says something and closes", greet: "HTTP/1.1 400 Bad Request\r\n\r\n", closes: true },
  { what: "says nothing", greet: "" },
  { what: "speaks HTTP", greet: "HTTP/1.1 400 Bad Request\r\n\r\n" },
  { what: "greets with what is no JSON", greet: "INFO {version\r\n" },
  { what: "greets with a list", greet: "INFO []\r\n" },
  { what: "greets with nothing", greet: "INFO null\r\n" },
  { what: "has a version that is none", greet: `INFO {"version":"tomorrow"}\r\n` },
  { what: "never ends its greeting", greet: `INFO {"version":"2.15.1","x":"${"x".repeat(100_000)}` },
  { what: "greets with noise", greet: noise },
  { what: "refuses in words", greet: `INFO {"version":"2.15.1"}\r\n-ERR 'no room'\r\n` },
])("what $what is no nats-server, and is let go", async ({ greet, closes }) => {
  await using server = await startHandMadeServer((socket) => {
    if (closes === true) socket.end(greet, "latin1");
    else socket.write(greet, "latin1");
  });
  const opened = nats({ servers: server.address, connectTimeoutMs: 300 }).open("a");
  await expect(opened).rejects.toMatchObject({
    message: expect.stringContaining(server.address) as string,
    code: "SERVER_UNREACHABLE",
    hint: expect.stringContaining("nats-server") as string,
  });
  await expect.poll(() => server.open).toBe(0);
});
