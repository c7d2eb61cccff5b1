// Which files and documents of an import have passed a stage, of how many. What was rejected passes none.

export function passed(figures, name) {
  const { files, documents } = figures.stage(name); // with those that failed
  const isReady = name === "ready";
  return {
    files: files - (isReady ? figures.failed.length : 0),
    fileTotal: figures.fileCount - (name === "sent" ? 0 : figures.rejectedFiles.count),
    documents: documents - (isReady ? figures.lines.settled.failed : 0),
    documentTotal: documentTotal(figures, name),
    isExact: isCounted(figures),
  };
}

/** While lines are sent, an estimate, as nobody knows how many there are. */
function documentTotal(figures, stage) {
  const { accepted, unchanged, rejected, bytes } = figures.lines;
  const known = accepted + (stage === "ready" ? 0 : unchanged) + (stage === "sent" ? rejected : 0);
  return isCounted(figures) || !bytes ? known : (known * figures.lineBytes) / bytes;
}

/** Whether it is known how many documents the lines are. */
export const isCounted = ({ lines, lineBytes }) => lines.bytes >= lineBytes;
