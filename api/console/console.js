const $ = (id) => document.getElementById(id);
const WAIT_SECONDS = 25;
let latest = 0;

function snippet(html) {
  // The API escapes all but <mark>; parsing it apart from the page runs nothing either way.
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  const out = document.createDocumentFragment();
  for (const node of parsed.childNodes) {
    const part = node.nodeName === "MARK" ? document.createElement("mark") : new Text();
    part.textContent = node.textContent;
    out.append(part);
  }
  return out;
}

function hit({ document: found, snippet: html, ranks }) {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = found.title ?? found.id;
  const why = document.createElement("small");
  const by = [ranks.semantic && `meaning ${ranks.semantic}`, ranks.text && `words ${ranks.text}`];
  why.textContent = ` ${found.status} · ${by.filter(Boolean).join(" · ")}`;
  const quotation = document.createElement("div");
  quotation.append(snippet(html));
  item.append(name, why, quotation);
  return item;
}

async function search() {
  const asked = ++latest;
  const q = $("query").value.trim();
  if (!q) return $("hits").replaceChildren(), ($("summary").textContent = "");
  const place = new URLSearchParams({ q, collection: $("collection").value || "default" });
  const answer = await fetch(`/v1/search?${place}`);
  const body = await answer.json();
  if (asked !== latest) return;
  if (!answer.ok) return ($("summary").textContent = body.detail);
  const degraded = body.degraded ? " · by words only: the model server does not answer" : "";
  $("summary").textContent = `${body.hits.length} found in ${body.timings_ms.total} ms${degraded}`;
  $("hits").replaceChildren(...body.hits.map(hit));
}

async function write(event) {
  event.preventDefault();
  const collection = $("collection").value || "default";
  const said = (text) => ($("written").textContent = text);
  const answer = await fetch("/v1/documents", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ content: $("content").value, collection }),
  });
  const body = await answer.json();
  if (!answer.ok) return said(body.detail);
  $("content").value = "";
  said(`${body.id}: pending`);
  const place = new URLSearchParams({ collection, wait: WAIT_SECONDS });
  const settled = await (await fetch(`/v1/documents/${body.id}?${place}`)).json();
  said(`${settled.id}: ${settled.status}${settled.error ? `, ${settled.error.message}` : ""}`);
}

async function showState() {
  try {
    const { documents } = await (await fetch("/v1/stats")).json();
    $("state").textContent = `${documents.ready} ready · ${documents.pending} pending · ${documents.failed} failed`;
  } catch {
    $("state").textContent = "The API does not answer.";
  }
  setTimeout(showState, 2000);
}

let typing;
const soon = () => { clearTimeout(typing); typing = setTimeout(search, 150); };
$("query").addEventListener("input", soon);
$("collection").addEventListener("input", soon);
$("search").addEventListener("submit", (event) => { event.preventDefault(); search(); });
$("write").addEventListener("submit", write);
showState();
