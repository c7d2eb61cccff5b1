// Shows the collection of the address in the picker before the first paint, so that the box is not empty.
{
  const name = new URLSearchParams(location.search).get("collection") || "default";
  document.getElementById("collection").append(new Option(name));
}
