// Which files and documents of an import have passed a stage, of how many, and how many never will. All stages have the same whole.

export function passed(figures, name) {
  const { lines, fileCount, refusedCount, rejected, skipped } = figures;
  return {
    files: figures.stage(name).files - failedIn(figures, name) - deletedIn(figures, name), // a stage has what is lost in it behind it
    fileTotal: fileCount + refusedCount,
    documents: lines.unchanged + (name === "ready" ? Math.min(lines.accepted, lines.settled.ready) : lines.accepted),
    documentTotal: documentTotal(figures),
    isExact: isCounted(figures),
    left: {
      failed: failedIn(figures, name) + (name === "ready" ? lines.settled.failed : 0),
      deleted: deletedIn(figures, name) + (name === "ready" ? lines.settled.deleted : 0),
      rejected: rejected.length,
      skipped: name === "sent" ? skipped.length : 0, // it is no part of the whole
    },
  };
}

function failedIn({ failed }, name) {
  if (name === "sent") return 0;
  return name === "read" ? failed.filter(({ isUnread }) => isUnread).length : failed.length;
}

/** Nobody knows how far a deleted file was, but not that it was ready. */
const deletedIn = ({ deletedFiles }, name) => (name === "sent" ? 0 : deletedFiles);

/** While lines are sent, an estimate, as nobody knows how many there are. */
function documentTotal(figures) {
  const { accepted, unchanged, rejected, bytes } = figures.lines;
  const known = accepted + unchanged + rejected;
  return isCounted(figures) || !bytes ? known : (known * figures.lineBytes) / bytes;
}

/** Whether it is known how many documents the lines are. */
export const isCounted = ({ lines, lineBytes }) => lines.bytes >= lineBytes;
