import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const USAGE = `Makes a gallery of a folder of pictures.

  pnpm demo [folder] [--out folder] [--nats url]

  folder        JPEG, PNG, WebP, AVIF, GIF and TIFF files; without it, sample pictures are made in out/pictures
  --out folder  where the gallery goes (out/gallery)
  --nats url    runs on a NATS server with JetStream, with a coordinator and a worker in processes of their own
  --help        this text
`;

export interface CommandLine {
  /** Absolute; `undefined` for the sample pictures. */
  readonly folder: string | undefined;
  /** Absolute. */
  readonly out: string;
  readonly nats: string | undefined;
  readonly help: boolean;
}

/** What the command was given, or what is wrong with it, in words. */
export function parseCommandLine(args: readonly string[]): CommandLine | string {
  let parsed;
  try {
    parsed = parseArgs({
      // `pnpm demo -- folder` hands the dashes on.
      args: args[0] === "--" ? args.slice(1) : [...args],
      allowPositionals: true,
      options: { out: { type: "string" }, nats: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    return (error as Error).message;
  }
  const { positionals, values } = parsed;
  if (positionals.length > 1) return `one folder at a time, not ${positionals.length}: ${positionals.join(", ")}`;
  const [folder] = positionals;
  // What a shell makes of a variable that is not set; taken as a path it would be the current folder.
  if (folder === "" || values.out === "" || values.nats === "") return "an argument is empty";
  const out = resolve(values.out ?? "out/gallery");
  return {
    folder: folder === undefined ? undefined : resolve(folder),
    out,
    nats: values.nats,
    help: values.help ?? false,
  };
}
