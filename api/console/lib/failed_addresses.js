// The addresses of what of a collection has failed: documents that could not be embedded, and files that could not be read.

const failed = (page, parameters) => `/console/${page}?${new URLSearchParams(parameters)}`;

export const failedDocumentsAddress = (collection) => failed("documents", { collection, status: "failed" });

export const failedFilesAddress = (collection) => `${failed("imports", { collection, files: "failed" })}#files-title`;
