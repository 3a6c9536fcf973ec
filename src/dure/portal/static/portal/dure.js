// What a page does beyond HTML: draws its charts, and keeps the current stage of the loop in view.
// A chart's data is a JSON block beside it; the drawing bundle is fetched only where there is one.

const bundle = new URL(document.querySelector("script[data-vega]").dataset.vega, location.href);

async function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "begun";
  if (!window.vegaEmbed) await import(bundle);
  const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const place = figure.querySelector(".drawing");
  // ast: expressions are interpreted, so the page's policy needs no unsafe-eval.
  const options = { ast: true, renderer: "svg", actions: false, defaultStyle: false,
    tooltip: { disableDefaultStyle: true } };
  await window.vegaEmbed(place, spec, options);
  figure.dataset.drawn = "done";
}

// On a phone each row of a stacked table becomes a block: its cells say what they are.
function label(table) {
  const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  for (const row of table.tBodies[0]?.rows ?? [])
    [...row.cells].forEach((cell, at) => { cell.dataset.label ??= heads[at] ?? ""; });
}

function prepare(root) {
  root.querySelectorAll("[data-chart]").forEach(draw);
  root.querySelectorAll("table.stack").forEach(label);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentNode ?? event.detail.elt));

// A list of places to go may be wider than a phone: bring the present one into view, sideways only.
for (const here of document.querySelectorAll(".loop [aria-current], .place [aria-current]")) {
  const strip = here.closest("ol");
  strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
}
