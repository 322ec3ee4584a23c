// What the page does beyond being read. It sets text, never HTML: all that it shows comes from
// file names, sources and test output.
"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // Light and dark: as the system has it, until someone presses the button.
  const theme = () => {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");
    const button = find("theme");
    const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    const name = () => { button.textContent = isDark() ? "Light theme" : "Dark theme"; };
    // Storage may be forbidden, as in a sandboxed frame; then the choice lasts as long as the page.
    try { root.dataset.theme = localStorage.getItem("covgate-theme") ?? ""; } catch { /* see above */ }
    if (!["light", "dark"].includes(root.dataset.theme)) delete root.dataset.theme;
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("covgate-theme", root.dataset.theme); } catch { /* see above */ }
      name();
    });
    system.addEventListener("change", name);
    name();
    button.hidden = false;
  };

  // The table: every cell has its key, every row its place.
  const table = () => {
    const body = find("table").tBodies[0];
    const rows = Array.from(body.rows, (row, place) => ({
      row,
      place,
      status: row.dataset.status,
      isChanged: row.dataset.changed !== undefined,
      text: row.querySelector("a").textContent.toLowerCase(),
      keys: Array.from(row.cells, (cell) => (cell.dataset.key === undefined ? null : Number(cell.dataset.key))),
    }));
    sortable(body, rows);
    filterable(rows);
  };

  const sortable = (body, rows) => {
    const heads = Array.from(find("table").tHead.rows[0].cells);
    // What is not known comes last either way; equal ones stay as listed.
    const compare = (column, sign) => (a, b) => {
      const [x, y] = [a.keys[column], b.keys[column]];
      if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
      return sign * (x - y) || a.place - b.place;
    };
    heads.forEach((head, column) => {
      const button = make("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const opposite = { ascending: "descending", descending: "ascending" };
        const order = opposite[head.getAttribute("aria-sort")] ?? head.dataset.first;
        for (const other of heads) other.setAttribute("aria-sort", other === head ? order : "none");
        const sorted = rows.toSorted(compare(column, order === "ascending" ? 1 : -1));
        body.append(...sorted.map((entry) => entry.row));
      });
    });
  };

  const filterable = (rows) => {
    const [text, status, shown] = [find("filter"), find("status"), find("shown")];
    // It is there only if the run was compared with something.
    const changed = find("only-changed");
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const entry of rows) {
        const fits = (!status.value || entry.status === status.value)
          && (!changed?.checked || entry.isChanged)
          && words.every((word) => entry.text.includes(word));
        entry.row.hidden = !fits;
        count += fits;
      }
      shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
    };
    text.addEventListener("input", apply);
    status.addEventListener("change", apply);
    changed?.addEventListener("change", apply);
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !text.value) return;
      text.value = "";
      apply();
      event.preventDefault();
    });
    find("filters").hidden = false;
    apply();
  };

  // The treemap is one stop for the tab key; arrow keys go to the nearest cell that way.
  const treemap = () => {
    const map = find("map");
    const middle = (cell) => {
      const box = cell.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    map.addEventListener("keydown", (event) => {
      const way = ways[event.key];
      const from = event.target.closest("a");
      if (!way || !from) return;
      event.preventDefault();
      const [x, y] = middle(from);
      let [best, least] = [null, Infinity];
      for (const cell of map.querySelectorAll("a")) {
        const [dx, dy] = middle(cell).map((at, axis) => at - [x, y][axis]);
        const along = dx * way[0] + dy * way[1];
        const far = along + 3 * Math.abs(dx * way[1] + dy * way[0]);
        if (along > 1 && far < least) [best, least] = [cell, far];
      }
      if (!best) return;
      from.setAttribute("tabindex", "-1");
      best.setAttribute("tabindex", "0");
      best.focus();
    });
  };

  // Lines are made when their file is opened, and gone when another is.
  const CHUNK = 100;
  const line = (text, number, source, changed, reasons) => {
    const name = changed.has(number) ? "l is-changed" : "l";
    const element = make("span", undefined, { class: name, "data-line": number, "data-mark": source.marks[number - 1] });
    const parts = source.parts[number];
    if (source.marks[number - 1] === "i" || parts?.some(([mark]) => mark === "i")) {
      const reason = reasons.find(({ lines }) => !lines || (lines[0] <= number && number <= lines[1]));
      if (reason) element.title = `does not count (${reason.by}): ${reason.why}`;
    }
    if (!parts) element.textContent = `${text}\n`;
    for (const [mark, piece] of parts ?? []) element.append(mark === "u" ? make("mark", piece) : mark === "i" ? make("span", piece, { class: "out" }) : piece);
    if (parts) element.append("\n");
    return element;
  };
  // The numbers of the lines of ranges, up to the last line of a text.
  const numbers = (ranges, count) => {
    const found = new Set();
    for (const [first, last] of ranges) {
      for (let number = first; number <= Math.min(last, count); number += 1) found.add(number);
    }
    return found;
  };
  const lines = (source, ranges, reasons) => {
    const texts = source.text.split("\n");
    const changed = numbers(ranges, texts.length);
    const chunks = [];
    for (let start = 0; start < texts.length; start += CHUNK) {
      const chunk = make("div", undefined, { class: "chunk" });
      chunk.append(...texts.slice(start, start + CHUNK).map((text, at) => line(text, start + at + 1, source, changed, reasons)));
      chunks.push(chunk);
    }
    return chunks;
  };

  // Steps go from where the reader is, to places of either kind.
  let [places, here] = [{ uncovered: [], changed: [] }, null];
  const goTo = (number) => {
    for (const old of find("source").querySelectorAll(".is-here")) old.classList.remove("is-here");
    here = number;
    const element = find("source").querySelector(`[data-line="${number}"]`);
    element?.classList.add("is-here");
    element?.scrollIntoView({ block: "center" });
  };
  const step = (kind, by) => {
    const ranges = places[kind];
    const from = here ?? (by > 0 ? 0 : Infinity);
    let at = by > 0
      ? ranges.findIndex(([first]) => first > from)
      : ranges.findLastIndex(([first]) => first < from);
    // There is no way back to changed lines but round.
    if (at < 0 && kind === "changed") at = 0;
    if (at < 0) return;
    const [first, last] = ranges[at];
    goTo(first);
    const place = first === last ? `line ${first}` : `lines ${first}–${last}`;
    const what = kind === "changed" ? "changed, " : "";
    find("file-place").textContent = `${what}${at + 1} of ${ranges.length}: ${place}`;
  };

  const showFile = (file, reasons) => {
    find("file").hidden = !file;
    if (!file) return;
    const { source } = file;
    find("file-name").textContent = file.path;
    const note = find("file-note");
    note.textContent = file.missing ?? source.note ?? "";
    note.hidden = !note.textContent;
    find("file-tools").hidden = !source;
    find("source").hidden = !source;
    find("source").setAttribute("aria-label", `Source of ${file.path}`);
    find("source").replaceChildren(...(source ? lines(source, file.changed?.lines ?? [], reasons) : []));
    [places, here] = [{ uncovered: file.uncovered, changed: file.changed?.uncovered ?? [] }, null];
    const count = file.uncovered.length;
    const none = file.counts ? "Every statement is covered." : "No statement counts.";
    find("file-place").textContent = count === 0 ? none : `${count} uncovered ${count === 1 ? "place" : "places"}`;
    for (const button of find("file-tools").querySelectorAll("[data-step]")) button.disabled = count === 0;
    const next = find("next-changed");
    if (next) next.hidden = places.changed.length === 0;
  };

  const showIgnored = (all, number) => {
    const section = find("package-ignored");
    section.hidden = all.length === 0;
    const rows = all.map(({ file, place, what, by, statements, why, lines }) => {
      const row = make("tr");
      const where = make("th", file === null ? place : undefined, { scope: "row" });
      if (file !== null) where.append(make("a", place, { href: `#p${number}f${file}l${lines?.[0] ?? 1}` }));
      row.append(where, ...[what, by, statements, why].map((text) => make("td", text)));
      return row;
    });
    section.querySelector("tbody").replaceChildren(...rows);
  };

  const showFacts = (data, number) => {
    const badge = make("span", data.word, { class: `badge is-${data.status}` });
    find("package-name").replaceChildren(badge, data.path);
    find("package-facts").replaceChildren(
      ...data.facts.flatMap(([name, text]) => [make("dt", name), make("dd", text)]),
    );
    const output = find(`o${number}`);
    find("package-output").hidden = !output;
    find("package-output").querySelector("pre").textContent = output?.textContent ?? "";
    showIgnored(data.ignored ?? [], number);
    const list = make("ul");
    list.append(...data.files.map((file, at) => {
      const item = make("li");
      item.append(make("a", file.name, { href: `#p${number}f${at}` }));
      const missed = file.changed?.said ? `; ${file.changed.said}` : "";
      item.append(make("span", `${file.percent}, ${file.statements}${missed}`));
      return item;
    }));
    find("package-files").replaceChildren(make("h3", data.files.length ? "Files" : "No files with statements"), list);
    list.hidden = !data.files.length;
  };

  // `#p12` is a package, `#p12f3` a file of it, `#p12f3l5` a line: the browser's own back and forward work.
  let [shownPackage, opener] = [null, null];
  const showPackage = (number, at, lineNumber) => {
    const data = JSON.parse(find(`d${number}`).textContent);
    const isNew = shownPackage !== number;
    if (isNew) showFacts(data, number);
    const missed = data.files.findIndex((file) => file.changed?.uncovered.length > 0);
    const worst = data.files.findIndex((file) => file.uncovered.length > 0);
    const index = at === undefined ? Math.max(missed < 0 ? worst : missed, 0) : Number(at);
    showFile(data.files[index], (data.ignored ?? []).filter(({ file }) => file === index));
    find("package-files").querySelectorAll("a").forEach((link, place) => {
      if (place === index) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    shownPackage = number;
    find("overview").hidden = true;
    find("package").hidden = false;
    if (lineNumber !== undefined) {
      goTo(Number(lineNumber));
      find("source").focus({ preventScroll: true });
    }
    if (!isNew) return;
    if (lineNumber !== undefined) return;
    scrollTo(0, 0);
    find("package-name").focus({ preventScroll: true });
  };

  const showOverview = () => {
    if (shownPackage === null) return;
    const back = opener?.isConnected ? opener : find(`p${shownPackage}`).querySelector("a");
    shownPackage = null;
    find("package").hidden = true;
    find("source").replaceChildren();
    find("overview").hidden = false;
    back.focus({ preventScroll: true });
    back.scrollIntoView({ block: "center" });
  };

  const route = () => {
    const place = /^#p(\d+)(?:f(\d+)(?:l(\d+))?)?$/.exec(location.hash);
    if (place && find(`d${place[1]}`)) showPackage(place[1], place[2], place[3]);
    else showOverview();
  };

  const packages = () => {
    history.scrollRestoration = "manual";
    find("overview").addEventListener("click", (event) => {
      opener = event.target.closest('a[href^="#p"]') ?? opener;
    });
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      find("content").focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && shownPackage !== null) location.hash = "";
    });
    for (const button of find("file-tools").querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => step("uncovered", Number(button.dataset.step)));
    }
    find("next-changed")?.addEventListener("click", () => step("changed", 1));
    addEventListener("hashchange", route);
    route();
  };

  theme();
  table();
  treemap();
  packages();
  performance.mark("covgate-ready");
})();
