/**
 * Downloads Debian packages without installing them, also from suites newer than the machine's own.
 *
 * Everything happens in a folder of the caller's: apt gets its own state, cache and source list there, so it needs no
 * root and the system's package state stays as it is. The mirror, its proxy settings and its keys are the machine's own.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Seconds without an answer after which apt gives a mirror up; it then tries once more. */
const networkTimeoutSeconds = 20;
/** Milliseconds after which a command is ended; a slow mirror sends an index of 10 MB in less. */
const commandMsMax = 120_000;

/** Whether this machine can download and unpack Debian packages. */
export function hasApt() {
  return isOnPath("apt-get") && isOnPath("dpkg-deb");
}

/**
 * The machine's own suite, such as "bookworm", and those that may hold newer packages, newest first.
 * Empty names when this is no Debian or Ubuntu.
 */
export function debianSuites() {
  const release = parseFields(readTextOr("/etc/os-release", ""), "=");
  const field = (name) => (release.get(name) ?? "").replaceAll('"', "");
  // A distribution made from Ubuntu has a code name of its own, but gets its packages from Ubuntu's suites.
  const ubuntu = field("UBUNTU_CODENAME");
  return { own: ubuntu || field("VERSION_CODENAME"), newer: ubuntu ? ["devel"] : ["sid", "testing", "stable"] };
}

/**
 * Downloads `packageName` of `suite` and unpacks it below `folder`; returns the folder that holds its files.
 *
 * @throws when the machine names no mirror, or apt cannot reach it, or the suite has no such package.
 */
export function unpackDebianPackage({ packageName, suite, folder }) {
  return unpackDebianPackages({ packageNames: [packageName], suite, folder });
}

/** Like {@link unpackDebianPackage}, for packages that belong together (a program and its libraries): one folder. */
export async function unpackDebianPackages({ packageNames, suite, folder }) {
  const { own } = debianSuites();
  const sources = ownSources(own);
  if (sources.length === 0) throw new Error(`no apt source for "${own}" is set up below /etc/apt`);

  for (const sub of ["lists/partial", "archives/partial", "sources", "download"]) {
    mkdirSync(join(folder, sub), { recursive: true });
  }
  const stanzas = sources.map((source) => formatStanza(new Map(source).set("Suites", suite)));
  writeFileSync(join(folder, "sources", "mirror.sources"), stanzas.join("\n"));
  writeFileSync(join(folder, "apt.conf"), aptConfig(folder));

  const apt = ["-q", "-c", join(folder, "apt.conf")];
  await run("apt-get", [...apt, "update"], folder);
  await run("apt-get", [...apt, "download", ...packageNames], join(folder, "download"));
  const archives = readdirSync(join(folder, "download")).filter((name) => name.endsWith(".deb"));
  if (archives.length < packageNames.length)
    throw new Error(`${suite} does not have all of ${packageNames.join(", ")}`);

  const files = join(folder, "files");
  for (const archive of archives) await run("dpkg-deb", ["-x", join(folder, "download", archive), files], folder);
  return files;
}

function aptConfig(folder) {
  return [
    // Hooks of the system (cleaning its archive folder, telling its package daemon) are not for this private state.
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "#clear Acquire::IndexTargets::deb::DEP-11;",
    "#clear Acquire::IndexTargets::deb::CNF;",
    `Dir::State::Lists "${join(folder, "lists")}";`,
    `Dir::Cache "${folder}";`,
    `Dir::Cache::Archives "${join(folder, "archives")}";`,
    'Dir::Etc::SourceList "/dev/null";',
    `Dir::Etc::SourceParts "${join(folder, "sources")}";`,
    // The sandbox user of apt cannot read a folder of ours, and files in a private folder need no second owner.
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    // Otherwise a mirror that cannot be reached only warns, and the package is said not to exist.
    'APT::Update::Error-Mode "any";',
    'Acquire::Retries "1";',
    `Acquire::http::Timeout "${networkTimeoutSeconds}";`,
    `Acquire::https::Timeout "${networkTimeoutSeconds}";`,
    "",
  ].join("\n");
}

/**
 * The machine's enabled binary sources for exactly the suite `own`: neither its update suites nor other vendors'.
 * Each is a map of deb822 fields, such as "URIs" and "Signed-By".
 */
export function ownSources(own, aptFolder = "/etc/apt") {
  if (own === "") return [];
  const stanzas = parseListFile(readTextOr(join(aptFolder, "sources.list"), ""));
  const parts = join(aptFolder, "sources.list.d");
  for (const name of readNamesOr(parts, [])) {
    const text = readTextOr(join(parts, name), "");
    if (name.endsWith(".list")) stanzas.push(...parseListFile(text));
    if (name.endsWith(".sources")) stanzas.push(...parseStanzas(text));
  }
  const words = (stanza, field) => (stanza.get(field) ?? "").split(/\s+/);
  return stanzas.filter(
    (stanza) =>
      words(stanza, "Types").includes("deb") &&
      words(stanza, "Suites").includes(own) &&
      // Ubuntu has two lines for these; another vendor's source may bear the suite's name but neither component.
      words(stanza, "Components").some((component) => component === "main" || component === "universe") &&
      stanza.get("Enabled") !== "no",
  );
}

/** deb822 files: stanzas parted by empty lines; a line that starts with a space goes on with the field above. */
function parseStanzas(text) {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .map((stanza) => parseFields(stanza, ":"))
    .filter((stanza) => stanza.size > 0);
}

function parseFields(text, separator) {
  const fields = new Map();
  let last;
  for (const line of text.split("\n")) {
    if (/^\s+\S/.test(line) && last !== undefined) {
      fields.set(last, `${fields.get(last)}\n${line}`);
      continue;
    }
    const at = line.indexOf(separator);
    if (at < 1) continue;
    last = line.slice(0, at).trim();
    fields.set(last, line.slice(at + 1).trim());
  }
  return fields;
}

/** One-line files: `deb [signed-by=/a.gpg arch=amd64] URI suite component …`. */
function parseListFile(text) {
  const optionFields = new Map([
    ["signed-by", "Signed-By"],
    ["trusted", "Trusted"],
  ]);
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri, suite, components] = match;
    const stanza = new Map([
      ["Types", "deb"],
      ["URIs", uri],
      ["Suites", suite],
      ["Components", components.trim()],
    ]);
    for (const option of options.split(/\s+/)) {
      const [key, value] = option.split("=");
      const field = optionFields.get(key);
      if (field !== undefined && value !== undefined) stanza.set(field, value.replaceAll(",", " "));
    }
    return [stanza];
  });
}

function formatStanza(stanza) {
  const kept = ["URIs", "Suites", "Components", "Signed-By", "Trusted"].filter((field) => stanza.has(field));
  return `Types: deb\n${kept.map((field) => `${field}: ${stanza.get(field)}\n`).join("")}`;
}

function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function readTextOr(path, otherwise) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

function readNamesOr(path, otherwise) {
  try {
    return readdirSync(path).sort();
  } catch {
    return otherwise;
  }
}

/** Runs a command and waits for it; what it said becomes the error's message when it fails. */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: commandMsMax,
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      const lines = output.trim().split("\n");
      const errors = lines.filter((line) => line.startsWith("E: "));
      const last = (errors.length > 0 ? errors : lines).slice(-3).join("\n    ");
      // The subcommand and what it is about come after apt's options.
      const what = [command, ...args.slice(3)].join(" ");
      reject(new Error(`${what} ended with ${signal ?? `code ${code}`}:\n    ${last}`));
    });
  });
}
