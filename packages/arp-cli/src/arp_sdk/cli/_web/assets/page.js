"use strict";
// All HTML comes from this page's own server, which has escaped what services sent.

const fetchPart = async (url) => {
  const response = await fetch(url);
  return { text: await response.text(), final: response.headers.has("X-Final") };
};

const show = (element, text) => {
  // A part that the user is in is left alone.
  if (text !== element.dataset.shown && !element.contains(document.activeElement)) {
    element.innerHTML = text;
    element.dataset.shown = text;
  }
};

for (const element of document.querySelectorAll("[data-poll]")) {
  const poll = async () => {
    let final = false;
    if (!document.hidden) {
      try {
        const part = await fetchPart(element.dataset.poll);
        final = part.final;
        show(element, part.text);
      } catch {
        // The page's server has ended; it may come back.
      }
    }
    if (!final) setTimeout(poll, Number(element.dataset.every));
  };
  setTimeout(poll, Number(element.dataset.every));
}

const loaders = [...document.querySelectorAll("[data-load]")].map((element) => {
  const load = async () => {
    try {
      show(element, (await fetchPart(element.dataset.load)).text);
    } catch {
      // As above.
    }
  };
  load();
  return load;
});

for (const element of document.querySelectorAll("[data-stream]")) {
  const frame = element.parentElement;
  const counter = document.getElementById(element.dataset.count);
  const stream = new EventSource(element.dataset.stream);
  let count = 0;
  let waiting = [];
  let said = 0;
  let loaded = 0;
  const draw = () => {
    const atEnd = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 40;
    element.insertAdjacentHTML("beforeend", waiting.join(""));
    waiting = [];
    if (atEnd) frame.scrollTop = frame.scrollHeight;
    // A screen reader would not come to an end with each of them.
    if (Date.now() - said > 1000) {
      counter.textContent = `${count} events`;
      said = Date.now();
    }
    if (Date.now() - loaded > 2000) {
      loaded = Date.now();
      loaders.forEach((load) => load());
    }
  };
  stream.addEventListener("message", (message) => {
    const part = JSON.parse(message.data);
    count += part.count;
    if (!waiting.length) requestAnimationFrame(draw);
    waiting.push(part.html);
  });
  stream.addEventListener("end", () => {
    stream.close();
    counter.textContent = count ? `${count} events` : "The runtime sends no events of this run.";
    loaders.forEach((load) => load());
  });
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}
