/** A stream as its leader sees it. */
export interface StreamState {
  readonly name: string;
  readonly leader: string | undefined;
  readonly messages: number;
  readonly consumers: readonly ConsumerState[];
}

export interface ConsumerState {
  readonly name: string;
  /** Messages that were not delivered yet. */
  readonly pending: number;
  /** Messages that were delivered and not acknowledged. */
  readonly inHand: number;
}

export interface JetStreamState {
  /** Who leads the cluster; undefined where there is none. */
  readonly leader: string | undefined;
  readonly streams: ReadonlyMap<string, StreamState>;
}

interface Report {
  readonly server_name?: string;
  readonly meta_cluster?: { readonly leader?: string };
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamReport[] }[];
}

interface StreamReport {
  readonly name: string;
  readonly cluster?: { readonly leader?: string };
  readonly state: { readonly messages: number };
  readonly consumer_detail?: readonly { name: string; num_pending: number; num_ack_pending: number }[];
}

const ANSWER_MS_MAX = 1_500;

/** What the servers say of JetStream; those that do not answer are left out. */
export async function jetStreamState(monitors: readonly string[]): Promise<JetStreamState> {
  const streams = new Map<string, StreamState>();
  let leader: string | undefined;
  for (const { name, report } of await Promise.all(monitors.map(reportOf))) {
    leader ??= report?.meta_cluster?.leader;
    for (const stream of report?.account_details?.flatMap((account) => account.stream_detail ?? []) ?? []) {
      const of = stream.cluster?.leader;
      if (streams.has(stream.name) && of !== name) continue;
      streams.set(stream.name, {
        name: stream.name,
        leader: of,
        messages: stream.state.messages,
        consumers: (stream.consumer_detail ?? []).map((one) => ({
          name: one.name,
          pending: one.num_pending,
          inHand: one.num_ack_pending,
        })),
      });
    }
  }
  return { leader, streams };
}

async function reportOf(monitor: string): Promise<{ name: string | undefined; report: Report | undefined }> {
  try {
    const get = async <T>(path: string) => {
      const response = await fetch(`${monitor}${path}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      return (await response.json()) as T;
    };
    const { server_name: name } = await get<Report>("/varz");
    return { name, report: await get<Report>("/jsz?accounts=true&streams=true&consumers=true") };
  } catch {
    return { name: undefined, report: undefined };
  }
}
