import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { debianSuites, hasApt, unpackDebianPackages } from "../../../scripts/debian-package.mjs";
import { startListening } from "./listening.mjs";

const cacheFolder = join(dirname(dirname(dirname(import.meta.dirname))), ".cache", "redis-server");
const systemFolders = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin"];
/** The server and those of its libraries that a plain Debian does not have. */
const packageNames = ["redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1"];

/**
 * A redis-server that runs: that of `REDIS_SERVER_BIN` (when set, no other), one on PATH or in the system's folders, or
 * one unpacked from Debian's packages into `.cache/redis-server`. Nothing is installed outside of the project's folder.
 *
 * @returns `{ path, version, env }`; `env` is what it needs to find its libraries
 * @throws with instructions when there is none and none can be had.
 */
export async function redisServerProgram() {
  const found = findRedisServer();
  if (found !== undefined) return found;
  let reason = "this machine has no apt-get to download it with";
  if (process.env.REDIS_SERVER_BIN) {
    reason = `REDIS_SERVER_BIN is ${process.env.REDIS_SERVER_BIN}, which does not run`;
  } else if (hasApt()) {
    reason = await unpackRedisServer().then(
      () => "its package does not run on this machine",
      (error) => error.message,
    );
    const unpacked = findRedisServer();
    if (unpacked !== undefined) return unpacked;
  }
  throw new Error(
    [
      `No redis-server was found, and the baseline needs one: ${reason}.`,
      "Install redis-server by the system's package manager, or set REDIS_SERVER_BIN to its path,",
      "or measure without a baseline: --systems arpeggio,embedded.",
    ].join("\n"),
  );
}

/** Starts one with its default settings (snapshots, no append-only file); resolves with its port. */
export function startRedis(group, { path, env }) {
  return startListening(group, (port) => {
    const folder = join(group.folder, `redis-${port}`);
    mkdirSync(folder);
    return { command: path, args: ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder], env };
  });
}

function findRedisServer() {
  if (process.env.REDIS_SERVER_BIN) return programAt(process.env.REDIS_SERVER_BIN, {});
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...onPath, ...systemFolders]) {
    const program = programAt(join(folder, "redis-server"), {});
    if (program !== undefined) return program;
  }
  return programAt(join(cacheFolder, "usr", "bin", "redis-server"), { LD_LIBRARY_PATH: cachedLibraries() });
}

function programAt(path, env) {
  if (!existsSync(path)) return undefined;
  try {
    const options = { encoding: "utf8", env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "ignore"] };
    const version = /v=(\S+)/.exec(execFileSync(path, ["--version"], options))?.[1];
    return version === undefined ? undefined : { path, version, env };
  } catch {
    return undefined;
  }
}

/** Debian keeps libraries in a folder named for the machine, such as `usr/lib/x86_64-linux-gnu`. */
function cachedLibraries() {
  const folder = join(cacheFolder, "usr", "lib");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.includes("-linux-")) : [];
  return names.map((name) => join(folder, name)).join(delimiter);
}

async function unpackRedisServer() {
  mkdirSync(dirname(cacheFolder), { recursive: true });
  // In the cache itself, so that the rename below stays within one file system.
  const folder = mkdtempSync(`${cacheFolder}-getting-`);
  try {
    const files = await unpackDebianPackages({ packageNames, suite: debianSuites().own, folder });
    rmSync(cacheFolder, { recursive: true, force: true });
    renameSync(files, cacheFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
