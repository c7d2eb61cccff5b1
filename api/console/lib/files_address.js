// The address of the files of a collection that have a state, on the page of imports.

export const filesAddress = (collection, status) => `/console/imports?${new URLSearchParams({ collection, files: status })}#files-title`;
