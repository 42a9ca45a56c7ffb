/** BullMQ on Redis as it goes fastest with one worker process: concurrency 50, jobs added 500 at a time. */
import { createRequire } from "node:module";
import { redisServerProgram, startRedis } from "../../servers/redis.mjs";

export async function prepare() {
  const redis = await redisServerProgram();
  const { version } = createRequire(import.meta.url)("bullmq/package.json");
  return {
    versions: { bullmq: version, redis: redis.version },
    client: new URL("client.mjs", import.meta.url),
    async start(group) {
      const env = { BENCH_REDIS_PORT: String(await startRedis(group, redis)) };
      await group.startNode("worker", new URL("worker.mjs", import.meta.url), env);
      return env;
    },
  };
}
