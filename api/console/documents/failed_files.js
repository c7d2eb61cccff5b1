// Says how many files of the collection could not be read. They have no documents, so the list does not show them.

import { filesPage } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { $, hide, setText } from "../lib/dom.js";
import { on } from "../lib/event_bus.js";
import { plural } from "../lib/format.js";
import { filesAddress } from "../lib/files_address.js";
import { collection } from "./collection.js";
import { selectedStatusInput } from "./list_view.js";

const COUNTED_MAX = 200; // the API lists no more at once

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
  const query = { collection: name, status: "failed", limit: COUNTED_MAX };
  const found = await filesPage(query, mine.signal).catch(() => null); // the banner reports a lost connection
  if (mine === reading && found) show(found.items.filter(isUnread).length, name, found.next_cursor);
}

/** A file that was read, and has a document that failed, is told with its document. */
const isUnread = ({ documents }) => !documents;

function show(number, name, hasMore) {
  if (!number) return hide($("failed-files"), selectedStatusInput());
  setText($("failed-files-text"), `${hasMore ? "At least " : ""}${plural(number, "file")} could not be read, so ${number === 1 ? "it has" : "they have"} no document in this list.`);
  $("failed-files-link").href = filesAddress(name, "failed");
  $("failed-files").hidden = false;
}
