// Watches a page for what can be pressed, and drives it without doing anything: in the dry run, what a key brings about
// is noted and stopped before the page hears of it.
{
  const POINTED = /^(click|dblclick|mousedown|mouseup|pointerdown|pointerup|touchstart|touchend)$/;
  const NATIVE = "a[href], button, input, select, textarea, summary, [contenteditable]";
  const listened = new Set();
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this instanceof Element && POINTED.test(type)) listened.add(new WeakRef(this));
    return listen.call(this, type, ...rest);
  };

  let [dry, reached, ringless, idle, heard, latest] = [false, new Set(), new Set(), new Set(), [], null];
  for (const type of ["click", "input", "change", "submit"]) {
    listen.call(window, type, (event) => {
      if (!dry) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.isTrusted) heard.push(event.target);
    }, true);
  }

  const scope = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const isShown = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.matches(":disabled");
  const listening = () => [...listened].map((each) => each.deref()).filter((each) => each && scope().contains(each) && each.localName !== "dialog");
  const all = () => [...new Set([...scope().querySelectorAll(NATIVE), ...listening()])].filter(isShown);
  const tell = (each) => each.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  // Options of a list are chosen with the arrows of the field that controls it; tabs with the arrows of the chosen one.
  const isByArrows = (each) => each.matches("[role=option]") ? document.activeElement?.getAttribute("aria-controls") === each.parentElement?.id : each.matches("[role=tab][tabindex='-1']");

  const keyFor = (each) => {
    if (each.matches("input[type=checkbox], input[type=radio]")) return "Space";
    if (each.matches("select")) return each.options.length < 2 ? null : each.selectedIndex ? "ArrowUp" : "ArrowDown";
    if (each.matches("input[type=number], input[type=datetime-local], input[type=time], input[type=date]")) return "ArrowUp";
    if (each.matches("input, textarea")) return "x";
    return each.matches("a, button, summary") || listening().includes(each) ? "Enter" : null;
  };

  globalThis.keyboard = {
    begin() {
      [dry, reached, ringless, idle, latest] = [true, new Set(), new Set(), new Set(), null];
      document.activeElement?.blur?.();
    },
    /** Take note of what has the focus. Gives the key that has to do something there, or null; done once round. */
    step() {
      const here = document.activeElement;
      if (!here || here === document.body || here === document.documentElement) return { key: null, done: false };
      const isSame = here === latest; // a date has several stops of its own
      latest = here;
      if (reached.has(here)) return { key: null, done: !isSame && here === [...reached][0] };
      reached.add(here);
      if (getComputedStyle(here).outlineStyle === "none") ringless.add(here);
      heard = [];
      return { key: keyFor(here), done: false };
    },
    /** Whether the key did something where the focus is. */
    check() {
      const here = document.activeElement;
      if (!heard.length) idle.add(here);
    },
    end() {
      dry = false;
      const missing = all().filter((each) => !reached.has(each) && !isByArrows(each));
      return { number: reached.size, missing: missing.map(tell), idle: [...idle].map(tell), ringless: [...ringless].filter((each) => all().includes(each)).map(tell) };
    },
  };
}
