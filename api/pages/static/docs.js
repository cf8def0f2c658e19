// Starts Swagger UI, and mends what it leaves out for keyboards and readers of screens. Links within its buttons are plain text here:
// the buttons are reached, and the address follows what is open. Controls that it draws without a name get one.
const named = [
  [".parameters select, .parameters input, .parameters textarea", (control) => control.closest("tr")?.dataset.paramName],
  [".copy-to-clipboard button", () => "Copy"],
];
const name = () => {
  for (const [selector, label] of named) {
    for (const each of document.querySelectorAll(`:is(${selector}):not([aria-label])`)) each.setAttribute("aria-label", label(each));
  }
  for (const each of document.querySelectorAll("pre.microlight:not([tabindex])")) each.tabIndex = 0;
  for (const each of document.querySelectorAll("table[role=region]")) each.removeAttribute("role");
  for (const each of document.querySelectorAll("thead td.col_header:not([role])")) each.setAttribute("role", "columnheader");
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", layout: "BaseLayout", deepLinking: true, showExtensions: true, showCommonExtensions: true,
  operationsSorter: "alpha", defaultModelsExpandDepth: 0, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [({ React }) => ({
    components: { DeepLink: ({ text }) => React.createElement("span", null, text), InfoContainer: () => null },
  })],
});
