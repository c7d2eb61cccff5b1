// Shows a new key, this once.

import { currentCaller, readCaller } from "../lib/caller.js";
import { copyOf } from "../lib/copy.js";
import { $, setText } from "../lib/dom.js";
import { useKey } from "../lib/session.js";

export function startMadeKey() {
  $("made-key").addEventListener("cancel", (event) => event.preventDefault());
  $("made-key").addEventListener("close", () => { $("made-key-text").value = ""; });
  $("made-key-close").addEventListener("click", () => $("made-key").close());
  $("made-key-copy").addEventListener("click", () => copyOf($("made-key-copy"), $("made-key-text").value, select));
}

const select = () => $("made-key-text").select();

/** Show a key. If it replaces the one that the page uses, or is the first one of all, use it. */
export async function showMadeKey({ id, name, key }, note = "") {
  const caller = currentCaller();
  const isOwn = !caller?.key || caller.key.id === id;
  if (isOwn) {
    useKey(key);
    await readCaller();
  }
  setText($("made-key-title"), `Key of ${name}`);
  $("made-key-text").value = key;
  setText($("made-key-note"), [note, isOwn && "You are signed in with it."].filter(Boolean).join(" "));
  $("made-key").showModal();
  select();
}
