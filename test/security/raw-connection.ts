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

  /** Resolves when the server has it. */
  async publish(subject: string, payload: string): Promise<void> {
    await this.#roundTrip(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  async #roundTrip(line = ""): Promise<string> {
    this.#received = "";
    this.#socket.write(`${line}PING\r\n`);
    while (!/(^|\n)PONG\r\n/.test(this.#received)) {
      if (this.#socket.destroyed) throw new Error(`the server ended the connection: ${this.#received}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#received;
  }
}
