// What the user chose or dropped: files as { name, file() }, and folders as { name, list() }.

/** What was dropped. Call it in the event: afterwards, the browser has forgotten it. */
export function fromDrop({ items }) {
  return [...items].filter(({ kind }) => kind === "file").map((item) => {
    const entry = item.webkitGetAsEntry?.();
    return entry ? fromEntry(entry) : fromFile(item.getAsFile());
  });
}

export const fromFile = (file) => ({ name: file.name, file: async () => file });

const fromEntry = (entry) => entry.isDirectory
  ? { name: entry.name, list: () => listed(entry.createReader()) }
  : { name: entry.name, file: () => new Promise((resolve, reject) => entry.file(resolve, reject)) };

/** The reader returns a hundred entries at a time. */
async function listed(reader) {
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found.map(fromEntry);
    found.push(...some);
  }
}

/** The folders that the user chose, made of the files in them. */
export function fromFolderInput(files) {
  const root = new Map();
  for (const file of files) {
    const parts = file.webkitRelativePath.split("/");
    const name = parts.pop();
    parts.reduce(folderIn, root).set(name, file);
  }
  return nodesOf(root);
}

function folderIn(parent, name) {
  if (!parent.has(name)) parent.set(name, new Map());
  return parent.get(name);
}

const nodesOf = (folder) => Array.from(folder, ([name, content]) =>
  content instanceof Map ? { name, list: async () => nodesOf(content) } : fromFile(content));
