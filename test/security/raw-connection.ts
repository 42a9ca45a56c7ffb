import { connect, type Socket } from "node:net";

const OPERATIONS = { publish: (subject: string) => `PUB ${subject} 0\r\n\r\n`, subscribe: subscription };
let subscriptions = 0;

function subscription(subject: string): string {
  return `SUB ${subject} ${(subscriptions += 1)}\r\n`;
}

/** A user of the server who speaks its protocol by hand, and so says things that no client of ours would say. */
export class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  #received = "";
  #wake = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on("close", () => this.#wake()).on("error", () => {});
  }

  static async open(port: number, user: string, pass: string): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    const raw = new RawConnection(socket);
    socket.write(`CONNECT ${JSON.stringify({ user, pass, verbose: false, pedantic: false, protocol: 1 })}\r\n`);
    await raw.#roundTrip();
    return raw;
  }

  /** Whether the server lets this user do it. The server answers in order, so its objection comes before the pong. */
  async may(action: "publish" | "subscribe", subject: string): Promise<boolean> {
    const answer = await this.#roundTrip(OPERATIONS[action](subject));
    const objection = /-ERR '(.*)'/.exec(answer)?.[1];
    if (objection === undefined) return true;
    if (!/^Permissions Violation for (Publish|Subscription) to /i.test(objection)) throw new Error(objection);
    return false;
  }

  /** Publishes to a stream, or asks JetStream for something; resolves when that is done, which is later than the server's pong. */
  async request(subject: string, payload: string): Promise<void> {
    const inbox = `_INBOX.raw.${(subscriptions += 1)}`;
    const asking = `SUB ${inbox} ${subscriptions}\r\nUNSUB ${subscriptions} 1\r\nPUB ${subject} ${inbox}`;
    await this.#ask(`${asking} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`, /^MSG [^]*\}\r\n/m);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #roundTrip(line = ""): Promise<string> {
    return this.#ask(`${line}PING\r\n`, /(^|\n)PONG\r\n/);
  }

  /** Resolves with what the server says, up to the answer. */
  async #ask(lines: string, answer: RegExp): Promise<string> {
    this.#received = "";
    this.#socket.write(lines);
    while (!answer.test(this.#received)) {
      if (this.#socket.destroyed) throw new Error(`the server ended the connection: ${this.#received}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#received;
  }
}
