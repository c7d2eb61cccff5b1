// Reads the models of the collections and the migrations of the selected one: when the event stream announces a
// change, and every two seconds.

import { collection } from "../documents/collection.js";
import { migrationsPath, request } from "../lib/api.js";
import { emit, on } from "../lib/event_bus.js";

export function startReading() {
  const readModels = oneAtATime(modelsNow);
  const readMigrations = oneAtATime(migrationsNow);
  const readAll = () => { readModels(); readMigrations(); };
  on("collection-selected", () => { emit("migrations-read", null); readAll(); });
  on("migration-changed", (change) => change.collection === collection() && readAll());
  on("changes-missed", readAll);
  // Nothing announces that a model is paused, and nothing announces anything while the stream is down.
  on("status", readAll);
}

/** Like `read`, but a call during another one makes it read once more. */
function oneAtATime(read) {
  let isReading = false;
  let again = false;
  return async () => {
    again = true;
    if (isReading) return;
    isReading = true;
    while (again) {
      again = false;
      await read();
    }
    isReading = false;
  };
}

async function modelsNow() {
  await publish("models-read", () => request("/v1/collections"));
}

async function migrationsNow() {
  const name = collection();
  await publish("migrations-read", () => request(migrationsPath(name)), () => name === collection());
}

/** Publish what was read. A failure keeps what is shown: the banner and the problems report it. */
async function publish(event, read, isWanted = () => true) {
  try {
    const { items } = await read();
    if (isWanted()) emit(event, items);
  } catch {
    // The next status reads it again.
  }
}
