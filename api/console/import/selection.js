// Finds the files of what the user chose, as `inkdex import` does: the same files are left out, and the ids are the same.

import { IGNORE_FILES, ignoring, rulesOf } from "./ignore_rules.js";
import { LINES, TOOL_FOLDERS, TOOL_MARKS, suffixOf, unsupported } from "./supported.js";

const ID_MAX_CHARACTERS = 255;
const PAUSE_EVERY = 500; // files, so that a large folder does not hold up the page
const HIDDEN = "hidden";
const EMPTY = "empty";
const OF_TOOLS = "a folder of a tool";

/** Files of lines, other files, and what is left out with its reason. */
export class Selection {
  lines = []; // File
  files = []; // { path, source, file }; the path is the id
  skipped = []; // { place, reason }
  refused = []; // { place, reason }
  seen = 0;

  get size() {
    return this.lines.length + this.files.length;
  }

  get bytes() {
    return [...this.lines, ...this.files.map(({ file }) => file)].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Add what the user chose. Throws the signal's reason if it aborts.
   * A file is shown with its id, which is its path in the folder. What is left out of several folders needs the folder's name.
   */
  async add(nodes, signal) {
    const hasSeveral = nodes.filter(({ list }) => list).length > 1;
    for (const node of nodes) {
      const shown = hasSeveral ? `${node.name}/` : "";
      if (node.list) await this.#addFolder(node, { source: node.name, shown, path: "", levels: [] }, signal);
      else await this.#addSingle(node);
    }
  }

  /** A file of lines by itself is one of documents. In a folder it is a file as any other. */
  async #addSingle(node) {
    const isLines = LINES.has(suffixOf(node.name));
    const file = await this.#opened(node, node.name, suffixOf(node.name) ? unsupported(node.name) : null);
    if (file && isLines) this.lines.push(file);
    else if (file) this.#addFile({ path: node.name, source: null, file }, node.name);
  }

  async #addFolder(folder, place, signal) {
    const nodes = await this.#listed(folder, place);
    if (place.path && nodes.some(({ name }) => TOOL_MARKS.has(name))) return this.#skip(place.shown, OF_TOOLS);
    const rules = await this.#rulesIn(nodes, place);
    if (!rules) return; // files that it leaves out must not be sent
    const levels = [...place.levels, ...rules];
    for (const node of nodes.sort(byName)) {
      await this.#pause(signal);
      await this.#addNode(node, { ...place, levels }, signal);
    }
  }

  async #addNode(node, { source, shown, path, levels }, signal) {
    const place = { source, levels, shown: shown + node.name + (node.list ? "/" : ""), path: path + node.name + (node.list ? "/" : "") };
    const reason = leftOut(node, place.path, levels);
    if (node.list && reason) this.#skip(place.shown, reason);
    else if (node.list) await this.#addFolder(node, place, signal);
    else {
      const file = await this.#opened(node, place.shown, reason ?? unsupported(node.name));
      if (file) this.#addFile({ path: place.path, source, file }, place.shown);
    }
  }

  async #listed(folder, { shown, source }) {
    try {
      return await folder.list();
    } catch (error) {
      this.#refuse(shown || `${source}/`, `cannot be read: ${error.message}`);
      return [];
    }
  }

  /** The rules of the ignore files in a folder, or null if one cannot be read. */
  async #rulesIn(nodes, { shown, source, path }) {
    const found = IGNORE_FILES.map((name) => nodes.find((node) => node.name === name && node.file)).filter(Boolean);
    try {
      return await Promise.all(found.map(async (node) => rulesOf(await node.file(), path)));
    } catch (error) {
      return this.#refuse(shown || `${source}/`, `its ignore files cannot be read: ${error.message}`);
    }
  }

  /** The file, or null if it is left out. */
  async #opened(node, shown, reason) {
    if (reason ?? leftOut(node, "", [])) return this.#skip(shown, reason ?? HIDDEN);
    try {
      const file = await node.file();
      return file.size ? file : this.#skip(shown, EMPTY);
    } catch (error) {
      return this.#refuse(shown, `cannot be read: ${error.message}`);
    }
  }

  #addFile(item, place) {
    const length = [...item.path].length;
    if (length <= ID_MAX_CHARACTERS) this.files.push(item);
    else this.#refuse(place, `its id would have ${length} characters, and ${ID_MAX_CHARACTERS} are allowed: shorten its path`);
  }

  #skip(place, reason) {
    this.skipped.push({ place, reason });
    return null;
  }

  #refuse(place, reason) {
    this.refused.push({ place, reason });
    return null;
  }

  async #pause(signal) {
    signal.throwIfAborted();
    this.seen += 1;
    if (this.seen % PAUSE_EVERY === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

const byName = (one, other) => (one.name < other.name ? -1 : 1);

function leftOut({ name, list }, path, levels) {
  if (name.startsWith(".")) return HIDDEN;
  if (list && TOOL_FOLDERS.has(name)) return OF_TOOLS;
  const ignoredBy = ignoring(levels, path);
  return ignoredBy && `left out by ${ignoredBy}`;
}
