import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LogReplay } from "@arpeggio/coordinator";
import type { ReplayedRun } from "@arpeggio/coordinator";
import { loadPayload } from "@arpeggio/core";
import type { LogMessage, OutcomeRecord, RunFailureRecord } from "@arpeggio/core";
import { expect, test } from "vitest";

/** What `scripts/record-histories.mjs` wrote: bytes in base64, by the release that wrote them. */
interface History {
  readonly version: string;
  readonly messages: readonly { readonly sequence: number; readonly timestampMs: number; readonly bytes: string }[];
  readonly graphs: Readonly<Record<string, string>>;
  readonly blobs: Readonly<Record<string, string>>;
  readonly checkpoints: readonly string[];
  readonly outcome: {
    readonly state: OutcomeRecord["state"];
    readonly value?: unknown;
    readonly failure?: RunFailureRecord;
    readonly counts: OutcomeRecord["counts"];
  };
  readonly nodes: readonly string[];
}

const folder = join(import.meta.dirname, "histories");
const versions = readdirSync(folder);
const names = versions.flatMap((version) => readdirSync(join(folder, version)).map((file) => [version, file] as const));

const bytesOf = (text: string | undefined) =>
  text === undefined ? undefined : new Uint8Array(Buffer.from(text, "base64"));

function open(version: string, file: string) {
  const history = JSON.parse(readFileSync(join(folder, version, file), "utf8")) as History;
  const messages: LogMessage[] = history.messages.map((message) => ({
    ...message,
    bytes: new Uint8Array(Buffer.from(message.bytes, "base64")),
  }));
  const replay = new LogReplay({
    graphOf: (hash) => bytesOf(history.graphs[hash]),
    blobOf: (key) => bytesOf(history.blobs[key]),
  });
  return { history, messages, replay };
}

/** What a run came to, in the form in which the histories have it. */
async function ended(run: ReplayedRun | undefined, { blobs }: History): Promise<unknown> {
  if (run?.outcome === undefined) throw new Error("the run has not ended");
  const { state, value, failure, counts } = run.outcome;
  const fetch = (key: string) => Promise.resolve(bytesOf(blobs[key]) ?? new Uint8Array(0));
  const plain = value === undefined ? undefined : await loadPayload(value, fetch);
  // Later releases tell more of a failure than the one that recorded it.
  const told = failure && { ...failure, partial: undefined };
  const outcome = JSON.parse(JSON.stringify({ state, value: plain, failure: told, counts })) as unknown;
  const nodes = run.nodes().map((node) => `${node.path} ${node.state} ${node.attempt}`);
  return { outcome, nodes, violations: run.violations() };
}

const expectedOf = ({ outcome, nodes }: History) => ({ outcome, nodes, violations: [] });

test("every release has recorded histories", () => {
  expect(versions).toContain("0.1.0");
});

test.each(names)("%s/%s folds to the end that it came to when it was recorded", async (version, file) => {
  const { history, messages, replay } = open(version, file);
  for (const message of messages) replay.take(message);
  expect(await ended(replay.runs()[0], history)).toEqual(expectedOf(history));
});

test.each(names)("%s/%s goes on from each of its checkpoints to the same end", async (version, file) => {
  const { history, messages, replay } = open(version, file);
  for (const checkpoint of history.checkpoints) {
    const bytes = bytesOf(checkpoint) as Uint8Array;
    expect(await ended(replay.resumed(bytes, messages), history)).toEqual(expectedOf(history));
  }
});
