"use strict";
(() => {
  const PAGE = 100;
  const root = document.documentElement;
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shownDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const tell = () => { theme.textContent = shownDark() ? "Light colours" : "Dark colours"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = shownDark() ? "light" : "dark"; tell(); });
  dark.addEventListener("change", tell);
  tell();

  const turnTo = [];
  // The rows of a table live in an array; the document has only those of the page that is shown.
  const grown = (table) => {
    const body = table.tBodies[0];
    const all = [...body.rows];
    const tools = document.getElementById(`${table.id}-tools`);
    let rows = all, from = 0, needle = "";
    const told = tools && tools.querySelector("output");
    const [earlier, later] = tools ? tools.querySelectorAll("button") : [];
    const show = () => {
      body.replaceChildren(...(tools ? rows.slice(from, from + PAGE) : rows));
      if (!tools) return;
      const last = Math.min(from + PAGE, rows.length);
      told.textContent = rows.length ? `${from + 1} to ${last} of ${rows.length}` : "none fits";
      earlier.disabled = from === 0;
      later.disabled = last === rows.length;
    };
    const filter = () => {
      rows = needle ? all.filter((row) => row.textContent.toLowerCase().includes(needle)) : all;
      from = 0;
      show();
    };
    const key = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.key ?? cell.textContent.trim();
    };
    const sort = (head, column) => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = all.map((row) => [key(row, column), row]);
      keyed.sort((one, other) => (up ? 1 : -1) * order.compare(one[0], other[0]));
      keyed.forEach(([, row], index) => { all[index] = row; });
      filter();
    };
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(head, column));
    });
    if (tools) {
      tools.hidden = false;
      const box = tools.querySelector("input");
      box.addEventListener("input", () => { needle = box.value.trim().toLowerCase(); filter(); });
      earlier.addEventListener("click", () => { from = Math.max(0, from - PAGE); show(); });
      later.addEventListener("click", () => { from += PAGE; show(); });
      // Paper has no pages to turn: all rows that fit the filter are printed.
      addEventListener("beforeprint", () => body.replaceChildren(...rows));
      addEventListener("afterprint", show);
      // A link may lead to a row that is on another page.
      const turn = () => {
        const wanted = location.hash.slice(1);
        const at = wanted ? all.findIndex((row) => row.id === wanted) : -1;
        if (at < 0 || all[at].isConnected) return;
        box.value = needle = "";
        rows = all;
        from = at - (at % PAGE);
        show();
        all[at].scrollIntoView();
      };
      addEventListener("hashchange", turn);
      turnTo.push(turn);
    }
    show();
  };
  document.querySelectorAll("table").forEach(grown);
  turnTo.forEach((turn) => turn());
})();
