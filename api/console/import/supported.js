// Which files the server reads, by their names, as `inkdex import` knows them.

const SUFFIXES = new Set((
  ".md .markdown .mdx .txt .text .log .html .htm .xhtml .pdf .docx .csv .tsv .jsonl .ndjson .eml"
  + " .py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .c .h .cc .cpp .cxx .hpp"
  + " .cs .go .rs .rb .php .swift .m .mm .r .jl .lua .pl .pm .sh .bash .zsh .fish .ps1 .bat .sql"
  + " .css .scss .less .vue .svelte .yaml .yml .toml .ini .cfg .conf .xml .proto .graphql .tf .nix"
  + " .ex .exs .erl .hs .ml .clj .dart .zig .asm .s .f90 .tex .cmake .gradle .rst .adoc"
).split(" "));
const BARE_NAMES = new Set(
  "readme license copying notice changelog authors makefile dockerfile jenkinsfile rakefile gemfile".split(" "),
);
const JSON_REASON = ".json is not read here: save it as JSON lines (.jsonl), or import it in a terminal";

export const LINES = new Set([".jsonl", ".ndjson"]);
export const TOOL_FOLDERS = new Set([
  "node_modules", "bower_components", "__pycache__", "__MACOSX", "@eaDir", "$RECYCLE.BIN",
]);
export const TOOL_MARKS = new Set(["pyvenv.cfg", "CACHEDIR.TAG"]);

export const suffixOf = (name) => (/^.+(\.[^.]+)$/.exec(name)?.[1] ?? "").toLowerCase();

/** Why a file with this name is left out, or null. */
export function unsupported(name) {
  const suffix = suffixOf(name);
  if (SUFFIXES.has(suffix) || BARE_NAMES.has(name.toLowerCase())) return null;
  if (suffix === ".json") return JSON_REASON;
  return suffix ? `${suffix} is not supported` : "names without a suffix are not supported";
}
