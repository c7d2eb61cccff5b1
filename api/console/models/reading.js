// Reads the models and the migrations of the selected collection: when the event stream announces a
// change, and every two seconds.

import { collection, mayExist } from "../documents/collection.js";
import { collectionPath, migrationsPath, request } from "../lib/api.js";
import { may } from "../lib/caller.js";
import { emit, on } from "../lib/event_bus.js";

export function startReading() {
  const readModels = oneAtATime(modelsNow);
  const readMigrations = oneAtATime(migrationsNow);
  const readAll = () => { readModels(); readMigrations(); };
  on("collection-selected", () => { emit("models-read", null); emit("migrations-read", null); readAll(); });
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
  await publish("models-read", "documents.read", collectionPath, {});
}

async function migrationsNow() {
  await publish("migrations-read", "models", migrationsPath, []);
}

/** Publish what was read. A failure keeps what is shown: the banner and the problems report it. */
async function publish(event, action, pathOf, absent) {
  const name = collection();
  if (!may(action, name)) return;
  if (!mayExist(name)) return emit(event, absent);
  try {
    const found = await request(pathOf(name));
    if (name === collection()) emit(event, found.items ?? found);
  } catch ({ status }) {
    // Before its first document a collection does not exist. After any other failure, the next status reads again.
    if (status === 404 && name === collection()) emit(event, absent);
  }
}
