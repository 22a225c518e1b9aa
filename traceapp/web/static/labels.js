// The designer's comfort: a picture that follows the form, and parts that come one after the other.
"use strict";

const form = document.getElementById("design");
const result = document.getElementById("result");
const QUIET = 300; // milliseconds without a change before a picture is asked for

for (const each of form.querySelectorAll("[data-without-script]")) each.hidden = true;
offerParts();

let waits;
let asking;
form.addEventListener("input", () => {
  clearTimeout(waits);
  waits = setTimeout(look, QUIET);
});

async function look() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const wish = new URLSearchParams(new FormData(form));
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.preview}?${wish}`, { signal });
    if (answer.redirected) {
      // The sign-in has ended: the page leads there, and back to this wish.
      location.assign(`${form.action}?${wish}`);
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    result.innerHTML = await answer.text();
    offerParts();
    history.replaceState(null, "", `${form.action}?${wish}`);
  } catch {
    if (signal.aborted) return;
    for (const each of form.querySelectorAll("[data-without-script]")) each.hidden = false;
  }
  result.removeAttribute("aria-busy");
}

function offerParts() {
  const offer = result.querySelector("[data-all-parts]");
  if (!offer) return;
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", takeParts);
}

// Each part is fetched, counted, and handed to the browser to be kept: one is in memory at a time.
async function takeParts({ currentTarget: button }) {
  const told = result.querySelector("[data-progress]");
  const bar = told.querySelector("progress");
  const words = told.querySelector("[role=status]");
  const show = (done) => {
    bar.value = done;
    const count = Math.floor(done).toLocaleString(told.dataset.language);
    words.textContent = told.dataset.going.replace("{done}", count);
  };
  button.disabled = true;
  told.hidden = false;
  let done = 0;
  let weight = 0; // bytes of a label, known after the first part
  for (const link of result.querySelectorAll("[data-labels]")) {
    const labels = Number(link.dataset.labels);
    if (!link.dataset.here) {
      try {
        const part = await fetchPart(link.href, (size) => {
          if (weight) show(done + Math.min(labels, size / weight));
        });
        keep(part);
        weight = part.blob.size / labels;
        link.dataset.here = "yes";
      } catch {
        words.textContent = told.dataset.broke;
        button.disabled = false;
        return;
      }
    }
    done += labels;
    show(done);
  }
  words.textContent = told.dataset.done;
}

async function fetchPart(address, count) {
  const answer = await fetch(address);
  // The password is asked for again: hidden codes are secret.
  if (answer.redirected) location.assign(answer.url);
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  if (!answer.ok || !named) throw new Error(answer.status);
  const chunks = [];
  const reader = answer.body.getReader();
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    count((size += value.length));
  }
  return { name: named[1], blob: new Blob(chunks) };
}

function keep({ name, blob }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
