import type { Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { describe, test } from "vitest";
import { startNatsCluster } from "../support/nats-cluster.ts";
import { natsServers, type NatsServer } from "../support/nats-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import { connectTool } from "./tool.ts";

const attempt = { queue: "q", priority: 5, runId: "run1", id: "run1:0:1", bytes: Buffer.from("once") };

/**
 * With streams of one replica in a cluster, the server that holds the attempts can be started anew, and forget the ids of those
 * that were done, while our connection leads to another server and does not break.
 */
describe.each(natsServers())("a cluster of nats-server $version, one replica", { timeout: 60_000 }, (binary) => {
  /** Publishes an attempt, has it consumed, and starts its server anew; the publisher hears nothing of it. */
  async function publishAndRestart(stillWanted?: () => Promise<boolean>) {
    await using cluster = await startNatsCluster(binary);
    const near = await nats({ servers: cluster.servers.map(({ url }) => url) }).open("near");
    const holder = cluster.called(await leaderOf("ARP_TASKS", cluster.servers[0] as NatsServer));
    const other = cluster.servers.find((server) => server !== holder) as NatsServer;
    await using proxy = await startTcpProxy(other.port);
    const far = await nats({ servers: proxy.url }).open("far");
    proxy.loseAnswers();
    let published: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      const consumed = near.attempts.consume("q", { inHandMax: 10, ackWaitMs: 30_000 }, (delivery) => {
        delivery.ack();
        consumed.then((consumer) => consumer.stop()).then(resolve, reject);
      });
      consumed.then(() => {
        published = far.attempts.publish({ ...attempt, ...(stillWanted === undefined ? {} : { stillWanted }) });
      }, reject);
    });
    while ((await storedIn(near)).length > 0) await near.bus.flush();
    await holder.kill();
    await holder.restart();
    // What goes through here now tells that the stream is back.
    await near.attempts.publish({ ...attempt, runId: "run2", id: "run2:0:1", bytes: Buffer.from("after") });
    proxy.answerAgain();
    await published;
    const stored = await storedIn(near);
    await Promise.all([near.close(), far.close()]);
    return { stored, connections: proxy.connections };
  }

  test.concurrent("an attempt whose answer was lost is asked for before it is sent again", async ({ expect }) => {
    let asked = 0;
    const { stored, connections } = await publishAndRestart(() => {
      asked++;
      return Promise.resolve(false);
    });
    expect(connections).toBe(1);
    expect(asked).toBe(1);
    expect(stored).toEqual(["after"]);
  });

  test.concurrent("one that does not say whether it is wanted is stored again, as its id is forgotten", async ({
    expect,
  }) => {
    const { stored, connections } = await publishAndRestart();
    expect(connections).toBe(1);
    expect(stored).toEqual(["after", "once"]);
  });
});

async function leaderOf(stream: string, server: NatsServer): Promise<string> {
  const tool = await connectTool(server.url);
  const { cluster } = (await tool.call(`STREAM.INFO.${stream}`)) as { cluster: { leader: string } };
  await tool.close();
  return cluster.leader;
}

async function storedIn(transport: Transport): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes } of transport.attempts.stored({})) found.push(Buffer.from(bytes).toString());
  return found;
}
