import { byId, make } from "../page/dom";
import { WORK, type Row } from "./measure";
import { cells, COLUMNS, formatSeconds, median } from "./report";

/** Shows the rows as a table. */
export function paintTable(rows: Row[]): void {
  const head = make("tr", {}, ...COLUMNS.map((name) => make("th", { scope: "col" }, name)));
  const body = rows.map((row) => {
    const [name = "", ...rest] = cells(row);
    return make("tr", {}, make("th", { scope: "row" }, name), ...rest.map((text) => make("td", {}, text)));
  });
  byId("table").replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
}

/** Shows the medians as bars, beside each other what is comparable. The table says the same to who cannot see them. */
export function paintChart(rows: Row[]): void {
  const value = (row: Row) => (row.times.length > 0 ? median(row.times) : row.first);
  const most = Math.max(...rows.map(value));
  const groups = WORK.map((work) => {
    const bars = rows.filter((row) => row.work === work).map((row) => bar(row, value(row), most));
    return make("div", { class: "bars" }, make("h3", {}, `${work[0]!.toUpperCase()}${work.slice(1)}`), ...bars);
  });
  byId("chart").replaceChildren(...(rows.length > 0 ? groups : []));
}

function bar(row: Row, seconds: number, most: number): HTMLElement {
  // A progress element is a bar that needs no inline style, which the page's policy forbids.
  const measure = make("progress", { class: `bar ${row.kind}`, max: 1, value: seconds / most, "aria-hidden": "true" });
  return make("p", { class: "bar-row" }, make("span", {}, row.kind.toUpperCase()), measure, make("output", {}, formatSeconds(seconds)));
}
