// On the Gantt of the office a bar can be dragged: sideways in time, up and down to another machine.
// It fills in the form below the picture, and nothing else: the same form works by keyboard alone.

const STEP = 5 * 60_000; // what is dropped begins at a round five minutes
const ROW = 30; // the height of a row in the drawing's own measure
const STILL = 4; // pixels: whoever moves a bar only up or down leaves its time alone
const place = document.querySelector("[data-drag]");
const form = document.getElementById("move");
const told = document.querySelector("[data-drag-told]");

let held = null;

// The bars of a drawing carry what they stand for: Vega keeps the datum on each mark's element.
const datumOf = (element) => {
  let item = element?.__data__;
  if (Array.isArray(item)) [item] = item;
  return item?.datum?.key ? item.datum : null;
};

const bars = () => [...place.querySelectorAll("svg .mark-rect path")].filter(datumOf);

// Two ends of all bars give minutes by pixel, whatever the drawing's width.
function scale() {
  const seen = bars().map((bar) => ({ box: bar.getBoundingClientRect(), datum: datumOf(bar) }));
  if (!seen.length) return null;
  const widest = seen.reduce((a, b) => (a.box.width >= b.box.width ? a : b));
  const minutes = time(widest.datum.ends) - time(widest.datum.starts);
  return widest.box.width ? minutes / widest.box.width : null;
}

const time = (wall) => (wall instanceof Date ? wall.getTime() : new Date(wall).getTime());

const wall = (stamp) => {
  const two = (number) => String(number).padStart(2, "0");
  const day = new Date(stamp);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`;
};

// All rows are as high as each other: so many up or down from where the bar was, machines without work too.
function laneAt(y) {
  const lanes = place.dataset.lanes.split(" ");
  const svg = place.querySelector("svg");
  const row = ROW * (svg.getBoundingClientRect().height / svg.height.baseVal.value);
  const there = lanes.indexOf(held.datum.lane) + Math.round((y - held.y) / row);
  return lanes[Math.min(Math.max(there, 0), lanes.length - 1)];
}

// Whoever chooses a job order in the form begins from where it stands.
form?.elements.job_order.addEventListener("change", ({ target }) => {
  const { machine, starts } = target.selectedOptions[0].dataset;
  form.elements.machine.value = machine;
  form.elements.starts.value = starts;
});

place?.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest("path");
  const datum = datumOf(bar);
  if (!datum || event.button) return;
  event.preventDefault();
  bar.setPointerCapture(event.pointerId);
  held = { bar, datum, x: event.clientX, y: event.clientY, perPixel: scale(), before: bar.getAttribute("transform") };
});

place?.addEventListener("pointermove", (event) => {
  if (!held) return;
  held.bar.style.translate = `${event.clientX - held.x}px ${event.clientY - held.y}px`;
});

place?.addEventListener("pointercancel", letGo);

place?.addEventListener("pointerup", (event) => {
  if (!held) return;
  const { datum, perPixel } = held;
  const moved = event.clientX - held.x;
  const begins = time(datum.starts);
  const starts = Math.abs(moved) < STILL ? begins : Math.round((begins + moved * perPixel) / STEP) * STEP;
  const lane = laneAt(event.clientY);
  letGo();
  form.elements.job_order.value = datum.key;
  form.elements.machine.value = lane;
  form.elements.starts.value = wall(starts);
  told.textContent = `${datum.order} ${datum.step}: ${form.elements.machine.selectedOptions[0]?.textContent ?? ""} ${wall(starts).replace("T", " ")}`;
  form.querySelector("button").focus({ preventScroll: true });
});

function letGo() {
  if (held) held.bar.style.translate = "";
  held = null;
}
