"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.getElementById("filters");
  const rows = all(".req");
  const groups = all(".area-group");
  const told = document.getElementById("told");
  const names = ["q", "area", "level", "verdict"];
  const field = (name) => form.elements.namedItem(name);
  let words = null;

  const filter = () => {
    const wanted = Object.fromEntries(names.map((name) => [name, field(name).value.trim()]));
    const text = wanted.q.toLowerCase();
    if (text && !words) words = rows.map((row) => row.textContent.toLowerCase());
    let shown = 0;
    rows.forEach((row, place) => {
      const kept =
        names.every((name) => name === "q" || !wanted[name] || row.dataset[name] === wanted[name]) &&
        (!text || words[place].includes(text));
      if (row.hidden === kept) row.hidden = !kept;
      if (kept) shown += 1;
    });
    groups.forEach((group) => { group.hidden = !group.querySelector(".req:not([hidden])"); });
    told.textContent = told.dataset.words.replace("{shown}", String(shown)).replace("{total}", String(rows.length));
    return wanted;
  };
  const remember = () => {
    const chosen = Object.entries(filter()).filter(([, value]) => value);
    const hash = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  };
  const choose = (values) => {
    names.forEach((name) => {
      const known = field(name).tagName !== "SELECT" || all("option", field(name)).some((one) => one.value === (values.get(name) || ""));
      field(name).value = known ? values.get(name) || "" : "";
    });
    filter();
  };
  const reveal = (place) => {
    if (place.hidden || place.closest("[hidden]")) choose(new URLSearchParams());
    for (let one = place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    place.scrollIntoView();
    const focus = place.tagName === "DETAILS" ? place.querySelector("summary") : place;
    focus.focus({ preventScroll: true });
  };
  const follow = () => {
    const hash = location.hash.slice(1);
    let id = hash;
    try { id = decodeURIComponent(hash); } catch { /* not encoded as it should be: taken as it is */ }
    const place = id && document.getElementById(id);
    if (place) { reveal(place); return; }
    const values = new URLSearchParams(hash);
    if (form && names.some((name) => values.has(name))) {
      choose(values);
      document.getElementById("requirements").scrollIntoView();
    }
  };
  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    let done = false;
    try { await navigator.clipboard.writeText(code.textContent); done = true; } catch { /* no permission: the old way */ }
    if (!done) {
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    const before = button.dataset.copy;
    button.textContent = done ? button.dataset.done : button.dataset.failed;
    setTimeout(() => { button.textContent = before; }, 1600);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
  });
  all("[data-script]").forEach((one) => { one.hidden = false; });
  if (form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", remember);
    form.addEventListener("reset", () => setTimeout(remember));
    filter();
  }
  addEventListener("hashchange", follow);
  follow();
  // The browser goes to the place of the address by itself once all is there, and takes the focus away.
  if (location.hash) addEventListener("load", () => requestAnimationFrame(follow));
})();
