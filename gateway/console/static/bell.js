// The bell on every page: how much one has not looked at, and what came just now.

const SHOWN = 10_000;

const bell = document.getElementById("bell");
let over;

export function ring({ unread, news }) {
  const count = bell.querySelector(".count");
  count.textContent = unread > 99 ? "99+" : unread;
  count.hidden = !unread;
  if (news.length && location.pathname === "/alerts") location.reload();
  else if (news.length) show(news.at(-1));
}

// One at a time: the count tells that there are more.
function show({ sentence, reason, preview, place: leads }) {
  const place = document.getElementById("bell-says");
  const told = document.createElement("a");
  told.href = leads;
  const words = document.createElement("strong");
  words.textContent = sentence;
  told.append(words, ` ${preview || reason}`);
  place.replaceChildren(told);
  clearTimeout(over);
  over = setTimeout(() => place.replaceChildren(), SHOWN);
}
