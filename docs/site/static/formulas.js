// Draws the formulas of a page. docs/site/conf.py has looked at each, so none is wrong; what a browser without this
// sees is their TeX.
document.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll(".formula")) {
    katex.render(formula.textContent, formula, {
      displayMode: formula.dataset.display === "true",
      throwOnError: false,
    });
  }
});
