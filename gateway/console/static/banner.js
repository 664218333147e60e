// The banner on every page while the emergency switch is on: what customers are told, and why.

const TAGS = ["strong", "span", "small"];

export function showBanner(said) {
  const place = document.getElementById("emergency");
  place.hidden = !said.length;
  place.replaceChildren(...said.map((words, position) => Object.assign(document.createElement(TAGS[position]), { textContent: words })));
}
