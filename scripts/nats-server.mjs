/**
 * Finds nats-server programs for the tests, and gets some where the machine has none.
 *
 *   node scripts/nats-server.mjs             path of the newest one found; gets one first if there is none
 *   node scripts/nats-server.mjs --oldest    path of the oldest one found
 *   node scripts/nats-server.mjs --all       version and path of each
 *   node scripts/nats-server.mjs --install   gets the missing ones into .cache/nats-server, then lists all
 *
 * Looks in NATS_SERVER_BIN (when set, nowhere else), PATH, the system's sbin folders, and .cache/nats-server.
 * Nothing is ever installed outside of the project's folder.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianSuites, hasApt, unpackDebianPackage } from "./debian-package.mjs";

const cacheFolder = join(dirname(import.meta.dirname), ".cache", "nats-server");
const systemFolders = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
const program = "nats-server";

/**
 * Every nats-server on this machine that runs, oldest first, one a version.
 *
 * @returns `{ path, version }` each, such as `{ path: "/usr/sbin/nats-server", version: "2.9.10" }`
 */
export function findNatsServers() {
  const byVersion = new Map();
  for (const path of candidatePaths()) {
    const version = versionOf(path);
    if (version !== undefined && !byVersion.has(version)) byVersion.set(version, { path, version });
  }
  return [...byVersion.values()].sort((a, b) => compareVersions(a.version, b.version));
}

/**
 * Like {@link findNatsServers}, but gets what is missing: the distribution's own version and a newer one.
 * A machine that has servers and no network keeps what it has.
 *
 * @throws with instructions when there is none and none can be had.
 */
export async function ensureNatsServers({ log = () => {} } = {}) {
  const found = findNatsServers();
  // Two versions are what the suites want: the oldest and the newest to be had.
  if (found.length >= 2 || (found.length === 1 && process.env.NATS_SERVER_BIN)) return found;

  const reasons = await installNatsServers(log);
  const servers = findNatsServers();
  if (servers.length === 0) throw new Error(howToGetOne(reasons));
  for (const reason of reasons) log(`not available: ${reason}`);
  return servers;
}

/** What to tell a reader who has no nats-server; `reasons` say why none could be got. */
export function howToGetOne(reasons = []) {
  return [
    "No nats-server was found, and the tests need one.",
    ...reasons.map((reason) => `  - ${reason}`),
    "On Debian and Ubuntu, `node scripts/nats-server.mjs --install` gets it into .cache/ without root.",
    "Elsewhere, install nats-server by the system's package manager or from its release page,",
    "then put it on PATH or set NATS_SERVER_BIN to its path.",
  ].join("\n");
}

/** Gets the distribution's version and a newer one into the cache; returns why, where that did not work. */
async function installNatsServers(log) {
  if (process.env.NATS_SERVER_BIN) return [`NATS_SERVER_BIN is ${process.env.NATS_SERVER_BIN}, which does not run`];
  if (!hasApt()) return ["this machine has no apt-get to download it with"];
  const { own, newer } = debianSuites();
  log(`getting nats-server with apt-get into ${cacheFolder}`);
  const [ownReasons, newerReasons] = await Promise.all([installFirstOf([own], log), installFirstOf(newer, log)]);
  return [...ownReasons, ...newerReasons];
}

/** Tries suites in turn until one gives a server that runs on this machine. */
async function installFirstOf(suites, log) {
  const reasons = [];
  for (const suite of suites) {
    try {
      const { version, path } = await installFromSuite(suite);
      log(`nats-server ${version} of ${suite}: ${path}`);
      return [];
    } catch (error) {
      reasons.push(`${suite}: ${error.message}`);
    }
  }
  return reasons;
}

async function installFromSuite(suite) {
  mkdirSync(cacheFolder, { recursive: true });
  // In the cache itself, so that the rename below stays within one file system.
  const folder = mkdtempSync(join(cacheFolder, "getting-"));
  try {
    const files = await unpackDebianPackage({ packageName: program, suite, folder });
    const unpacked = ["usr/sbin", "usr/bin"].map((sub) => join(files, sub, program)).find((path) => existsSync(path));
    if (unpacked === undefined) throw new Error(`its package holds no ${program}`);
    const version = versionOf(unpacked);
    if (version === undefined) throw new Error("its build does not run on this machine");

    const ready = join(folder, "ready");
    mkdirSync(ready);
    renameSync(unpacked, join(ready, program));
    chmodSync(join(ready, program), 0o755);
    const target = join(cacheFolder, version);
    try {
      renameSync(ready, target);
    } catch (error) {
      // Another process got the same version in the meantime; a folder with a file in it is never replaced.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    }
    return { version, path: join(target, program) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function candidatePaths() {
  if (process.env.NATS_SERVER_BIN) return [process.env.NATS_SERVER_BIN];
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const executable = process.platform === "win32" ? `${program}.exe` : program;
  const system = [...onPath, ...systemFolders].map((folder) => join(folder, executable));
  return [...system, ...cachedPaths()].filter((path) => existsSync(path));
}

function cachedPaths() {
  if (!existsSync(cacheFolder)) return [];
  return readdirSync(cacheFolder)
    .filter((name) => /^\d+\./.test(name))
    .map((version) => join(cacheFolder, version, program));
}

/** The version a program reports, such as "2.9.10", or undefined when it does not run. */
function versionOf(path) {
  try {
    const output = execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return /(\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
  } catch {
    return undefined;
  }
}

function compareVersions(a, b) {
  return a.localeCompare(b, "en", { numeric: true });
}

async function main(args) {
  const known = ["--oldest", "--all", "--install"];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; known are ${known.join(", ")}`);
  const log = (line) => process.stderr.write(`${line}\n`);

  let servers = args.includes("--install") ? await ensureNatsServers({ log }) : findNatsServers();
  if (servers.length === 0) servers = await ensureNatsServers({ log });
  if (args.includes("--all") || args.includes("--install")) {
    for (const { version, path } of servers) console.log(`${version}\t${path}`);
  } else {
    console.log(args.includes("--oldest") ? servers[0].path : servers.at(-1).path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
