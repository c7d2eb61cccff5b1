// The key / leads to the field to search or to ask in.

const TEXT_FIELDS = "textarea, [contenteditable], input:not([type=radio], [type=checkbox])";

/** Whether the key was pressed alone, and not in a text. */
export const isSlash = ({ key, ctrlKey, metaKey, altKey, target }) =>
  key === "/" && !ctrlKey && !metaKey && !altKey && !target.closest(TEXT_FIELDS);
