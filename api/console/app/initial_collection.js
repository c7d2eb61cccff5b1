// Shows the collection of the address in the picker before the first paint. The page of one document has no picker.
{
  const address = new URLSearchParams(location.search);
  const picker = document.getElementById("collection");
  picker.append(new Option(address.get("collection") || "default"));
  picker.closest(".inline-field").hidden = location.pathname === "/console/document" && Boolean(address.get("id"));
}
