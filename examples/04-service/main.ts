// A web service that starts runs: it answers with the result if that is quick, and with the run's address if not.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createApp, isArpeggioError, nats, ResultTimedOutError, runUntilSignal, type RunHandle } from "arpeggio";
import { report, type Order, type Report } from "./workflows.ts";

const QUICK_MS = Number(process.env["QUICK_MS"] ?? 500);
const STATUSES: Readonly<Record<string, number>> = {
  INPUT_INVALID: 400,
  NAME_INVALID: 400,
  RUN_NOT_FOUND: 404,
  RUN_FAILED: 422,
};

const app = await createApp({
  transport: nats({ servers: process.env["ARPEGGIO_SERVERS"] ?? "nats://127.0.0.1:4222" }),
  roles: ["client"], // coordinators and workers are other processes
});
const reports = app.workflow(report);

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => sendError(response, error));
});
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
});
await runUntilSignal({
  async close() {
    server.close();
    server.closeAllConnections();
    await app.close();
  },
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  const id = /^\/runs\/([^/]+)$/.exec(path)?.[1];
  if (request.method === "POST" && path === "/reports") await startReport(request, response);
  else if (request.method === "GET" && id !== undefined) await sendRun(app.attach<Report>(id), response);
  else send(response, 404, { error: "there are POST /reports and GET /runs/<id>" });
}

async function startReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const order = JSON.parse(await bodyOf(request)) as Order; // run() checks it by the workflow's schema
  const run = await reports.run(order);
  try {
    send(response, 200, { result: await run.result({ timeoutMs: QUICK_MS }) });
  } catch (error) {
    if (!(error instanceof ResultTimedOutError)) throw error;
    response.setHeader("location", `/runs/${run.id}`);
    send(response, 202, { run: run.id });
  }
}

async function sendRun(run: RunHandle<Report>, response: ServerResponse): Promise<void> {
  const { state } = await run.status();
  if (state === "succeeded") send(response, 200, { state, result: await run.result() });
  else send(response, 200, { state });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (isArpeggioError(error)) send(response, STATUSES[error.code] ?? 500, { code: error.code, error: error.message });
  else if (error instanceof SyntaxError) send(response, 400, { error: "the body is not JSON" });
  else send(response, 500, { error: String(error) });
}
