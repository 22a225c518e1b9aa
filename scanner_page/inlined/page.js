// A page needs none of this. With it, the code of the QR symbol under the foil fills its field, and
// a button shares the page. It stores nothing, and sends nothing.
(function () {
  "use strict";
  var sent = /^#H(?:$|\W(.*)$)/i.exec(location.hash);
  // Before anything else, so that neither sharing nor loading the page again can give it away.
  if (sent) {
    try { history.replaceState(null, "", location.pathname + location.search); }
    catch (refused) { location.hash = ""; }
  }

  // As stamps are read: O is 0, I and L are 1, hyphens and spaces are nothing.
  function read(text) {
    try { text = decodeURIComponent(text || ""); } catch (broken) { return null; }
    text = text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
    return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(text) ? text : null;
  }

  function fill() {
    var field = document.getElementById("hidden_code");
    if (!sent || !field) return;
    var code = read(sent[1]);
    if (code) field.value = code.slice(0, 4) + "-" + code.slice(4);
    document.getElementById(code ? "foil_read" : "foil_unread").hidden = false;
  }

  function offer() {
    var button = document.getElementById("share_button"), link = document.getElementById("address");
    if (!button || !(navigator.share || navigator.clipboard)) return;
    button.hidden = false;
    button.onclick = function () {
      if (navigator.share) navigator.share({ url: link.href }).catch(function () {});
      else navigator.clipboard.writeText(link.href).then(function () { button.textContent = button.dataset.copied; });
    };
  }

  // The front page asks with what is typed in its address: a pasted link leaves its fragment here.
  function cut() {
    var field = document.getElementById("code");
    if (field) field.oninput = function () { if (/#/.test(field.value)) field.value = field.value.split("#")[0]; };
  }

  document.addEventListener("DOMContentLoaded", function () { fill(); offer(); cut(); });
})();
