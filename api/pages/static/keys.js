// The keys n and p lead to the next and the previous number; print opens what is folded. Everything works without this file.
document.addEventListener("keydown", (event) => {
  const typed = event.target.closest("input, select, textarea");
  if (typed || event.ctrlKey || event.metaKey || event.altKey) return;
  const relation = { n: "next", p: "prev" }[event.key];
  const link = relation && document.querySelector(`a[rel=${relation}]`);
  if (link) link.click();
});
// The characters of a document may be named by a fragment (RFC 5147), which no server sees.
const characters = /^#char=(\d+)/.exec(location.hash);
if (characters && location.pathname.startsWith("/documents/")) location.replace(`?at=${characters[1]}#c${characters[1]}`);
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    addEventListener("afterprint", () => { folded.open = false; }, { once: true });
  }
});
