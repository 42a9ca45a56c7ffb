import { connectTool } from "../transport-nats/tool.ts";

/** Changes limits of a stream as an operator would, with `nats stream edit`. */
export async function changeLimits(url: string, stream: string, limits: Record<string, number>): Promise<void> {
  const tool = await connectTool(url);
  const { config } = await tool.call(`STREAM.INFO.${stream}`);
  const { error } = await tool.call(`STREAM.UPDATE.${stream}`, { ...(config as object), ...limits });
  await tool.close();
  if (error !== undefined) throw new Error(JSON.stringify(error));
}
