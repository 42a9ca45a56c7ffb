import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";

/** What takes the bytes of the protocol, as `@nats-io/nats-core/internal` describes it. */
interface CommandSink {
  sendCommand(command: Uint8Array, ...more: Uint8Array[]): void;
}

const SLAB_BYTES = 64 * 1024;
/** From here on copying costs more than another entry in the client's list of buffers. */
const COPIED_BYTES_MAX = 8 * 1024;
const LINE_END = Buffer.from("\r\n");
const LINE_BYTES_MAX = 4 * 1024;

/**
 * Publishes messages: each is written once, as the protocol has it, into a slab that many share.
 *
 * The client's own `publish` makes an encoder's buffer, four entries of a list and two checks by regular expressions of each
 * message, which is a quarter of what a stored message costs this process. Subjects and headers are ours and are
 * checked where they are made. Where the client does not have what this stands on, its `publish` does the same.
 */
export class Outbox {
  readonly #nats: NatsConnection;
  readonly #sink: CommandSink | undefined;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  constructor(nats: NatsConnection) {
    this.#nats = nats;
    const { protocol } = nats as { protocol?: Partial<CommandSink> };
    this.#sink = typeof protocol?.sendCommand === "function" ? (protocol as CommandSink) : undefined;
  }

  /** @param headers as `headerBlock` makes them. */
  publish(subject: string, data: Uint8Array, reply: string, headers: string): void {
    const sink = this.#sink;
    const line = lineOf(subject, reply, headers, data.length);
    const size = line.length + data.length + LINE_END.length;
    if (sink === undefined || line.length > LINE_BYTES_MAX) this.#publishPlainly(subject, data, reply, headers);
    else if (size > COPIED_BYTES_MAX) sink.sendCommand(Buffer.from(line, "latin1"), data, LINE_END);
    else {
      if (this.#used + size > SLAB_BYTES) {
        // The old one belongs to what was written into it, which may not have been sent yet.
        this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
        this.#used = 0;
      }
      const slab = this.#slab;
      const from = this.#used;
      const dataAt = from + slab.write(line, from, "latin1");
      slab.set(data, dataAt);
      const end = dataAt + data.length;
      slab[end] = 13;
      slab[end + 1] = 10;
      this.#used = end + 2;
      sink.sendCommand(slab.subarray(from, end + 2));
    }
  }

  #publishPlainly(subject: string, data: Uint8Array, reply: string, headers: string): void {
    const encoded =
      headers === "" ? undefined : ({ encode: () => Buffer.from(headers, "latin1") } as unknown as MsgHdrs);
    this.#nats.publish(subject, data, {
      ...(reply === "" ? {} : { reply }),
      ...(encoded === undefined ? {} : { headers: encoded }),
    });
  }
}

/** What comes before the data, headers included. */
function lineOf(subject: string, reply: string, headers: string, dataBytes: number): string {
  const to = reply === "" ? subject : `${subject} ${reply}`;
  if (headers === "") return `PUB ${to} ${dataBytes}\r\n`;
  return `HPUB ${to} ${headers.length} ${headers.length + dataBytes}\r\n${headers}`;
}
