/** What a NATS server answers, and what is in the headers and subjects of its messages. */

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const json = (value: unknown) => bytesOf(JSON.stringify(value));

const headers = "NATS/1.0\r\nNats-Msg-Id: a-1\r\nKV-Operation: DEL\r\nNats-Expected-Last-Subject-Sequence: 3\r\n\r\n";

export const answers: readonly Uint8Array[] = [
  bytesOf('{"stream":"ARP_EVENTS","seq":17,"duplicate":true}'),
  bytesOf('{"stream":"ARP_EVENTS", "seq":9007199254740991}'),
  json({ error: { code: 503, err_code: 10008, description: "JetStream system temporarily unavailable" } }),
  json({
    type: "io.nats.jetstream.api.v1.stream_info_response",
    error: { code: 404, err_code: 10059, description: "" },
  }),
  json({
    type: "io.nats.jetstream.api.v1.stream_msg_get_response",
    message: {
      subject: "arp.ev.1.worker",
      seq: 17,
      time: "2026-11-30T15:30:00.123456789Z",
      data: Buffer.from([1, 2, 255]).toString("base64"),
      hdrs: Buffer.from(headers).toString("base64"),
    },
  }),
  json({ config: { name: "ARP_EVENTS", num_replicas: 3 }, state: { messages: 1, first_seq: 1, last_seq: 2 } }),
  json({
    name: "01jd9q8x4v-1/input",
    bucket: "arp_blobs",
    nuid: "Ab3".repeat(7),
    size: 3,
    chunks: 1,
    digest: "SHA-256=abc=",
    mtime: "2026-11-30T15:30:00.000Z",
    deleted: false,
    options: { max_chunk_size: 131_072 },
  }),
  bytesOf(headers),
  bytesOf("$JS.ACK.ARP_TASKS.q_a_high.2.17.5.1795350090009036031.3"),
  bytesOf("$JS.ACK.hub.Ab3.ARP_TASKS.q_a_high.2.17.5.1795350090009036031.3.x7"),
];
