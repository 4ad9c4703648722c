"use strict";
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, table = head.closest("table"), body = table.tBodies[0];
    const column = [...head.parentElement.children].indexOf(head);
    const up = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = row => {
      const cell = row.children[column], key = cell.dataset.v;
      return key === undefined ? cell.textContent.trim().toLowerCase() : key === "" ? null : Number(key);
    };
    const rows = [...body.rows].map(row => [value(row), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      const order = a < b ? -1 : a > b ? 1 : 0;
      return up ? order : -order;
    });
    body.append(...rows.map(([, row]) => row));
  });
}
const copied = async text => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
};
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    button.textContent = (await copied(button.dataset.text)) ? "copied" : "failed";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
