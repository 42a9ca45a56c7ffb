import { createConnection, type Socket } from "node:net";

/** What an operator does to a server behind our back: calls of the JetStream API over a plain connection. */
export interface Tool {
  /** Calls `$JS.API.<verb>` and gives back the answer, errors included. */
  call(verb: string, body?: unknown): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function connectTool(url: string): Promise<Tool> {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", resolve);
  });
  socket.write(`CONNECT {"verbose":false}\r\nSUB tool.answer 1\r\n`);
  const answers = answersOf(socket);
  return {
    async call(verb, body = {}) {
      const payload = JSON.stringify(body);
      socket.write(`PUB $JS.API.${verb} tool.answer ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
      const { value } = await answers.next();
      return JSON.parse(value as string) as Record<string, unknown>;
    },
    async close() {
      socket.destroy();
      await answers.return(undefined);
    },
  };
}

/** The payloads of the messages that come in; keeps the connection alive meanwhile. */
async function* answersOf(socket: Socket): AsyncGenerator<string, undefined> {
  let text = "";
  for await (const data of socket) {
    text += (data as Buffer).toString();
    for (;;) {
      if (text.startsWith("MSG ")) {
        const head = text.indexOf("\r\n") + 2;
        const length = Number(text.slice(0, head).trim().split(" ").at(-1));
        if (text.length < head + length + 2) break;
        yield text.slice(head, head + length);
        text = text.slice(head + length + 2);
      } else {
        const end = text.indexOf("\r\n");
        if (end < 0) break;
        if (text.startsWith("PING")) socket.write("PONG\r\n");
        text = text.slice(end + 2);
      }
    }
  }
  return undefined;
}
