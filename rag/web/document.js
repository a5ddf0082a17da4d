// Small comforts of the document pages, which work without them: go to the cited words, filter the list of documents.
"use strict";

const cited = document.getElementById("cited");
if (cited) {
  cited.scrollIntoView({ block: cited.offsetHeight > window.innerHeight / 2 ? "start" : "center" });
  cited.focus({ preventScroll: true });
}

const filter = document.getElementById("filter");
if (filter) {
  const items = [...document.querySelectorAll(".documents li")];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const count = document.getElementById("count");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    items.forEach((item, i) => {
      item.hidden = !words.every((word) => texts[i].includes(word));
    });
    const shown = items.filter((item) => !item.hidden).length;
    count.textContent = words.length ? `${shown} of ${items.length} documents` : count.dataset.all;
  };
  filter.hidden = false;
  filter.addEventListener("input", apply);
  apply();
}
