// Comfort only: every page can be read, printed and walked through with the keyboard without it.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  const THEMES = ["auto", "light", "dark"];

  // A page on a disk may be denied storage; the theme is then forgotten, and nothing else happens.
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* denied */ } };

  const setTheme = (theme) => {
    root.dataset.theme = THEMES.includes(theme) ? theme : "auto";
    all("#theme").forEach((button) => { button.textContent = `Theme: ${root.dataset.theme}`; });
  };
  setTheme(remembered()); // before the first paint

  const prepareTheme = () => {
    setTheme(root.dataset.theme);
    all("#theme").forEach((button) => button.addEventListener("click", () => {
      setTheme(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]);
      remember(root.dataset.theme);
    }));
  };

  const prepareOpenAll = () => all("button[data-open]").forEach((button) => {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      all(`#${button.dataset.open} details`).forEach((details) => { details.open = open; });
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "Close all" : "Open all";
    });
  });

  const prepareCopy = () => all("button[data-copy]").forEach((button) => {
    const text = document.getElementById(button.dataset.copy);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent.trim());
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
  });

  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  };
  const sortBy = (table, heading, column) => {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].sort((p, q) => compare(key(p, column), key(q, column)));
    table.tBodies[0].replaceChildren(...(up ? rows : rows.reverse()));
  };
  const prepareSort = () => all("table[data-sort]").forEach((table) => {
    all("thead th", table).forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.replaceChildren(button);
      button.addEventListener("click", () => sortBy(table, heading, column));
    });
  });

  const prepareFilters = () => all("button[data-hide]").forEach((button) => {
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      all(`tr[data-ruling="${button.dataset.hide}"]`).forEach((row) => { row.hidden = !shown; });
    });
  });

  const preparePrint = () => {
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = all("details:not([open])");
      closed.forEach((details) => { details.open = true; });
    });
    addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
  };

  addEventListener("DOMContentLoaded", () => {
    all(".screen[hidden]").forEach((element) => { element.hidden = false; });
    [prepareTheme, prepareOpenAll, prepareCopy, prepareSort, prepareFilters, preparePrint]
      .forEach((prepare) => prepare());
  });
})();
