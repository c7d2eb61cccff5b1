// Reads .gitignore and .inkdexignore as git reads them, in a folder and in those above it.

import { pathTest } from "./wildcards.js";

const MAX_BYTES = 1024 * 1024;

export const IGNORE_FILES = [".gitignore", ".inkdexignore"]; // the second decides where both name a file

/** The rules of an ignore file; `folder` is where it is, as a path that ends in / or is empty. */
export async function rulesOf(file, folder) {
  const text = new TextDecoder().decode(await file.slice(0, MAX_BYTES).arrayBuffer());
  return { name: file.name, folder, patterns: text.split("\n").map(parse).filter(Boolean) };
}

/** The name of the ignore file that names a path, or null. The nearest file decides. The path of a folder ends in /. */
export function ignoring(levels, path) {
  for (const { name, folder, patterns } of levels.toReversed()) {
    const below = path.slice(folder.length);
    const decisive = patterns.findLast((pattern) => isNamed(below, pattern));
    if (decisive) return decisive.isKept ? null : name;
  }
  return null;
}

function isNamed(path, { test, isOfFolders }) {
  const isFolder = path.endsWith("/");
  return (isFolder || !isOfFolders) && (test(path) || (isFolder && test(path.slice(0, -1))));
}

/** Return null for what names nothing: a comment, an empty line, an invalid pattern. */
function parse(line) {
  const trimmed = line.replace(/\r$/, "").replace(/(?<!\\) +$/, "");
  if (!trimmed || trimmed.startsWith("#")) return null;
  const isKept = trimmed.startsWith("!");
  const pattern = isKept ? trimmed.slice(1) : trimmed;
  const isOfFolders = pattern.endsWith("/");
  const path = isOfFolders ? pattern.slice(0, -1) : pattern;
  if (!path) return null;
  try {
    return { test: pathTest(path), isKept, isOfFolders };
  } catch {
    return null;
  }
}
