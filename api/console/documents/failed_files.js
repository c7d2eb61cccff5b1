// Says how many files of the collection could not be read. The list does not show what they say now.

import { filesPage } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
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
  if (!may("documents.read", name)) return show(0, name);
  const query = { collection: name, unread: true, limit: COUNTED_MAX };
  const found = await filesPage(query, mine.signal).catch(() => null); // the banner reports a lost connection
  if (mine === reading && found) show(found.items.length, name, found.next_cursor);
}

function show(number, name, hasMore) {
  if (!number) return hide($("failed-files"), selectedStatusInput());
  setText($("failed-files-text"), `${hasMore ? "At least " : ""}${plural(number, "file")} could not be read. ${number === 1 ? "It is" : "They are"} not among the failed documents, and this list does not have what ${number === 1 ? "it says" : "they say"} now.`);
  $("failed-files-link").href = failedFilesAddress(name);
  $("failed-files").hidden = false;
}
