import type { Msg } from "@nats-io/nats-core";
import type { DeliveryInfo } from "./ack-subject.ts";
import type { Connection } from "./connection.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import { OrderedReader } from "./ordered-reader.ts";

export interface ReadMessage {
  readonly message: Msg;
  readonly info: DeliveryInfo;
}

/** All messages of a stream that match a subject and are there now, in order. */
export async function* readToEnd(
  connection: Connection,
  api: JetStreamApi,
  reading: { readonly stream: string; readonly filter: string },
): AsyncGenerator<ReadMessage> {
  let arrived: ReadMessage[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  const reader = new OrderedReader(connection, api, {
    ...reading,
    from: 1,
    onMessage: (message, info) => {
      if (!ended) arrived.push({ message, info });
      wake();
    },
    onCaughtUp: () => {
      ended = true;
      wake();
    },
    onError: (error) => {
      failure = error;
      wake();
    },
  });
  await reader.start();
  try {
    for (;;) {
      const batch = arrived;
      arrived = [];
      yield* batch;
      if (arrived.length > 0) continue;
      if (failure) throw failure;
      if (ended) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    reader.stop();
  }
}
