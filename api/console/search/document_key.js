// Names a document among those of all collections.

export const keyOf = ({ collection, id }) => JSON.stringify([collection, id]);
