import { posix } from "node:path";
import { expect, test } from "vitest";
import { read, repositoryFiles } from "./source-files.ts";

interface Link {
  readonly from: string;
  readonly to: string;
}

const files = repositoryFiles();
const pages = files.filter((path) => path.endsWith(".md"));

/** The text without what is shown as code, where a bracket is only a bracket. */
function prose(page: string): string {
  return read(page)
    .replaceAll(/^(```+|~~~+)[^\n]*\n.*?^\1\s*$/gms, "")
    .replaceAll(/`[^`\n]*`/g, "");
}

function linksOf(page: string): readonly Link[] {
  const text = prose(page);
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const html = [...text.matchAll(/(?:href|src)="([^"]+)"/g)];
  return [...inline, ...references, ...html]
    .map((match) => ({ from: page, to: match[1] ?? "" }))
    .filter(({ to }) => !/^[a-z]+:/.test(to));
}

/** The anchors of a page, made from its headings the way GitHub does. */
function anchorsOf(page: string): readonly string[] {
  const text = read(page).replaceAll(/^(```+|~~~+)[^\n]*\n.*?^\1\s*$/gms, "");
  const seen = new Map<string, number>();
  const headings = [...text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => {
    const plain = (match[1] ?? "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*]/g, "");
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  const explicit = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? "");
  return [...headings, ...explicit];
}

function isBroken({ from, to }: Link): boolean {
  const [path = "", anchor] = decodeURIComponent(to).split("#");
  const target = path === "" ? from : posix.join(posix.dirname(from), path).replace(/\/$/, "");
  // Only what is in the repository counts: a file that lies about on this machine is not there for a reader.
  const isThere = target === "." || files.some((file) => file === target || file.startsWith(`${target}/`));
  if (!isThere) return true;
  return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
}

test("the README leads to every page for users, and names every package", () => {
  const linked = new Set(linksOf("README.md").map(({ to }) => to.split("#")[0]));
  const forUsers = pages.filter((page) => /^docs\/(guide|operate|reference)\//.test(page));
  expect(forUsers.filter((page) => !linked.has(page))).toEqual([]);
  const packages = files.filter((file) => /^packages\/[^/]+\/package\.json$/.test(file));
  const names = packages.map((file) => (JSON.parse(read(file)) as { name: string }).name);
  expect(names.filter((name) => !read("README.md").includes(`\`${name}\``))).toEqual([]);
});

test.each(pages)("the links of %s lead somewhere", (page) => {
  expect(linksOf(page).filter(isBroken)).toEqual([]);
});
