// Says how many files of the collection could not be read. The list does not show what they say now.

import { filesPage } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, hide, setText } from "../lib/dom.js";
import { emit, on } from "../lib/event_bus.js";
import { failedFilesAddress } from "../lib/failed_addresses.js";
import { plural } from "../lib/format.js";
import { collection } from "./collection.js";
import { selectedStatusInput } from "./list_view.js";

const COUNTED_MAX = 20;

let reading = null;

export function startFailedFiles() {
  on("collection-selected", readNow);
  on("page-visible", readNow);
  on("list-outdated", readNow);
  readNow();
}

async function readNow() {
  reading?.abort();
  const mine = (reading = new AbortController());
  const name = collection();
  if (!may("documents.read", name)) return show([], name);
  const query = { collection: name, unread: true, limit: COUNTED_MAX };
  const found = await filesPage(query, mine.signal).catch(() => null); // the banner reports a lost connection
  if (mine === reading && found) show(found.items, name, found.next_cursor);
}

function show(files, name, hasMore) {
  emit("failed-files-read", { collection: name, number: files.length, isPart: Boolean(hasMore) });
  if (!files.length) return hide($("failed-files"), selectedStatusInput());
  setText($("failed-files-text"), files.length === 1
    ? `1 failed file: ${files[0].id} could not be read, so it has no document.`
    : `${hasMore ? "At least " : ""}${plural(files.length, "failed file")}: they could not be read, so they have no documents.`);
  $("failed-files-link").href = failedFilesAddress(name);
  $("failed-files").hidden = false;
}
