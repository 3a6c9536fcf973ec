// Keeps a part of a page fresh: when the server says that something came, the part is fetched again.

for (const place of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(place.dataset.live);
  let first = true;
  source.onmessage = () => {
    if (!first) window.htmx.trigger(place, "live");
    first = false;
  };
  addEventListener("pagehide", () => source.close());
}
