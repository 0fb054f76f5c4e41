// Pictures: Vega-Lite specifications become SVG beside the page, and are put into it when whole.

const OPTIONS = { mode: "vega-lite", renderer: "svg", actions: false, ast: true };
const shown = new Map();

/** Draw pictures by the id of their place; true when all are in the page, false if overtaken. */
export async function drawPictures(pictures, number, still) {
  for (const [id, picture] of Object.entries(pictures)) {
    const place = document.getElementById(id);
    if (!picture) {
      place.closest("figure").hidden = true;
      continue;
    }
    if (!(await draw(place, id, picture, number, still))) return false;
  }
  return true;
}

async function draw(place, id, picture, number, still) {
  const figure = place.closest("figure");
  figure.hidden = false;
  if (shown.get(id)?.key !== picture.key) await begin(place, id, picture);
  else await refill(shown.get(id).view, picture.data);
  place.dataset.number = number;
  await breath();
  return still();
}

/** Make a picture beside the page, as wide as its place, and put it there when it is whole. */
async function begin(place, id, picture) {
  const paper = document.createElement("div");
  paper.className = "paper";
  place.append(paper);
  const spec = { ...picture.spec, datasets: picture.data };
  const { view } = await vegaEmbed(paper, spec, OPTIONS);
  shown.get(id)?.view.finalize();
  shown.set(id, { key: picture.key, view });
  paper.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
  paper.classList.remove("paper");
  place.replaceChildren(paper);
  view.addEventListener("mouseover", (_, item) => light(item?.datum));
}

async function refill(view, data) {
  for (const [name, rows] of Object.entries(data)) view.data(name, rows);
  await view.runAsync();
}

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
  found.scrollIntoView({ block: "nearest" });
}
