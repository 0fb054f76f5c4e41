// Pictures: Vega-Lite specifications become SVG beside the page, and are put into it when whole.

const OPTIONS = { mode: "vega-lite", renderer: "svg", actions: false, ast: true };
const shown = new Map();

/** Draw pictures by the id of their place; true when all are in the page, false if overtaken. */
export async function drawPictures(pictures, number, still) {
  for (const [id, picture] of Object.entries(pictures)) {
    const place = document.getElementById(id);
    if (!picture) {
      takeAway(id, place);
      continue;
    }
    if (!(await draw(place, id, picture, number, still))) return false;
  }
  return true;
}

/** Take every picture away: none stands beside a state that it is not of. */
export function clearPictures() {
  for (const id of [...shown.keys()]) takeAway(id, document.getElementById(id));
}

function takeAway(id, place) {
  shown.get(id)?.view.finalize();
  shown.delete(id);
  place.replaceChildren();
  delete place.dataset.number;
  hide(place, true);
}

/** Hide or show the figure of a picture, and a card whose figures are all hidden. */
function hide(place, hidden) {
  const figure = place.closest("figure");
  figure.hidden = hidden;
  const card = figure.closest("#results .card");
  if (card) card.hidden = [...card.querySelectorAll("figure")].every((one) => one.hidden);
}

async function draw(place, id, picture, number, still) {
  hide(place, false);
  const key = `${picture.key} ${columns(picture, place)}`;
  if (shown.get(id)?.key === key) await refill(shown.get(id), picture.data);
  else await begin(place, id, key, picture);
  place.dataset.number = number;
  await breath();
  return still();
}

/** Make a picture beside the page, as wide as its place, and put it there when it is whole. */
async function begin(place, id, key, picture) {
  const paper = document.createElement("div");
  paper.className = "paper";
  place.append(paper);
  const spec = { ...fitted(picture, place), datasets: { ...picture.data } };
  const tooltip = { theme: picture.key.endsWith(" dark") ? "dark" : "light" };
  const { view } = await vegaEmbed(paper, spec, { ...OPTIONS, tooltip });
  shown.get(id)?.view.finalize();
  shown.set(id, { key, view, picture });
  paper.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
  paper.classList.remove("paper");
  place.replaceChildren(paper);
  view.addEventListener("mouseover", (_, item) => light(item?.datum));
}

async function refill({ view }, data) {
  for (const [name, rows] of Object.entries(data)) view.data(name, rows);
  await view.runAsync();
}

// What pictures of many panels or rows need is said here: how many stand in a row, how high all are.
const AXIS = 44;
const EDGE = 10;
const PANEL = 140;

function columns({ spec, data }, place) {
  if (spec.height?.step) return `${data.rows.length} rows`; // Vega would warn of a height by step
  if (!spec.facet) return "";
  return `${place.clientWidth} px, ${new Set(data.rows.map((row) => row.order)).size} panels`; // Vega keeps the scales of panels that went
}

function fitted({ spec, data }, place) {
  if (spec.height?.step) return { ...spec, height: spec.height.step * data.rows.length };
  if (!spec.facet) return spec;
  const room = place.clientWidth - EDGE;
  const count = Math.max(1, Math.min(4, Math.floor(room / (PANEL + AXIS))));
  const width = Math.floor(room / count - AXIS);
  return { ...spec, columns: count, spec: { ...spec.spec, width } };
}

/** Draw the pictures of many panels anew where their place has another width. */
export function refit() {
  for (const [id, one] of shown) {
    const place = document.getElementById(id);
    const key = `${one.picture.key} ${columns(one.picture, place)}`;
    if (key !== one.key) begin(place, id, key, { ...one.picture, data: rowsOf(one) });
  }
}

const rowsOf = ({ view, picture }) =>
  Object.fromEntries(Object.keys(picture.data).map((name) => [name, view.data(name)]));

/** Let a click or a key that waits be heard between two pictures. */
const breath = () => new Promise((done) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = done;
  channel.port2.postMessage(null);
});

/** Point out the source of the figure under the pointer. */
function light(datum) {
  const rows = document.querySelectorAll("#sources li");
  rows.forEach((row) => row.classList.remove("lit"));
  if (!datum) return;
  const found = [...rows].find((row) => datum.figure && row.dataset.figure === datum.figure && row.dataset.period === String(datum.period ?? ""));
  if (!found) return;
  found.classList.add("lit");
  const list = found.closest(".scroll"); // the list alone: the page stays under the pointer
  const [row, box] = [found.getBoundingClientRect(), list.getBoundingClientRect()];
  if (row.top < box.top) list.scrollTop -= box.top - row.top;
  else if (row.bottom > box.bottom) list.scrollTop += row.bottom - box.bottom;
}
