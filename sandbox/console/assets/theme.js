// Runs before the page is drawn, so that it is never drawn in the other theme first.
(() => {
  const chosen = localStorage.getItem("console.theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
