// Comfort that nobody needs: pages work without script.
"use strict";

// Focus goes to what is wrong with a form that came back.
document.querySelector(".slips[autofocus]")?.focus();

// What is wrong is told with the name of its field.
for (const link of document.querySelectorAll(".slips a")) {
  const label = document.querySelector(`label[for="${CSS.escape(link.hash.slice(1))}"]`);
  if (label) link.textContent = `${label.firstChild.textContent.trim()}: ${link.textContent}`;
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});

// A page that the browser brings back has forms that may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A producer is told at once when a buyer scans a stamp that waits.
const told = document.querySelector("[data-notices-from]");
if (told) {
  const from = told.dataset.noticesFrom;
  let known = Number(told.dataset.noticesKnown);
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(from, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { count } = await answer.json();
      if (count > known) {
        told.hidden = false;
        document.title = `(${count}) ${document.title.replace(/^\(\d+\) /, "")}`;
        navigator.vibrate?.(200);
      }
      known = count;
    } catch {
      // The network is away; the next round asks again.
    }
  };
  setInterval(ask, 20000);
  document.addEventListener("visibilitychange", ask);
}
