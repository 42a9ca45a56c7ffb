export const queueName = "bench";

export const connection = {
  host: "127.0.0.1",
  port: Number(process.env.BENCH_REDIS_PORT),
  maxRetriesPerRequest: null,
};
