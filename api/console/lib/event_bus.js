// Passes events between the parts of the page. Events and their details:
//
//   status               { components, stats } from the API every two seconds; null if it did not answer
//   stream-state         "connecting", "live", "retrying", or "forbidden" for the key
//   documents-changed    changes of documents, from the event stream
//   changes-missed       the stream is live again, but changes in between were skipped
//   page-visible         the page is visible again
//   collection-selected  the name of the collection
//   edit-requested       the document to edit
//   fields-found         names of metadata fields in the latest hits
//   import-changed       files of this page were sent, or are ready
//   migration-changed    the collection and the state of a migration, from the event stream
//   collections-read     the first hundred collections and their models
//   models-read          the selected collection and its models; null until they are read
//   migrations-read      the migrations of the selected collection; null until they are read
//   key-needed           why the API wants a key: { type, detail }
//   caller-read          who the user is and what their key allows
//   access-changed       what the key allows has probably changed: the API refused a request, or ended the stream
//   keys-changed         a key or a tenant was made, changed or revoked
//   key-edit-requested   the key to change
//   answer-begun         a question was asked on the page of questions
//   answer-ended         its answer ended, in whatever way

const bus = new EventTarget();

export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export const on = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));
