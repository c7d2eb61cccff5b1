// Passes events between the parts of the page. Events and their details:
//
//   status               { components, stats } from the API every two seconds; null if it did not answer
//   chat-read            GET /v1/ask/status: whether the chat model answers
//   stream-state         "connecting", "live", "retrying", or "forbidden" for the key
//   documents-changed    changes of documents, from the event stream
//   changes-missed       the stream is live again, but changes in between were skipped
//   page-visible         the page is visible again
//   collection-selected  the name of the collection
//   counts-read          the numbers of documents of a collection, by status: { name, counts }
//   view-changed         the list of documents shows others: another collection, status, filter or order
//   list-outdated        the list of documents has probably changed
//   list-shown           the rows of the list were shown
//   row-updated          a row of the list shows its document
//   row-picked           the user selected a row, or ended its selection: { row, event }
//   selection-changed    the selected documents
//   retry-requested      the document to retry
//   work-begun           something is done with many documents
//   work-ended           that is done, or has failed
//   fields-found         names of metadata fields in the latest hits
//   failed-files-read    how many files of a collection could not be read: { collection, number, isPart }
//   import-changed       files of this page were sent, are ready, or were retried or deleted
//   migration-changed    the collection and the state of a migration, from the event stream
//   collections-read     the first two hundred collections: their counts, descriptions and models
//   models-read          the selected collection and its models; null until they are read
//   migrations-read      the migrations of the selected collection; null until they are read
//   key-needed           why the API wants a key: { type, detail }
//   signed-out           what the tab keeps is about to be forgotten
//   caller-read          who the user is and what their key allows
//   access-changed       what the key allows has probably changed: the API refused a request, or ended the stream
//   keys-changed         a key or a tenant was made, changed or revoked
//   key-edit-requested   the key to change
//   answer-begun         a question was asked on the page of questions
//   answer-ended         its answer ended, in whatever way

const bus = new EventTarget();

export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export const on = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));
