/** Small helpers to build elements; text is always set as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, `on…` listeners and children; null children are left out. */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** Show these children. One that looks the same stays, and with it the focus and what was scrolled. */
export function patch(parent, fresh) {
  const old = [...parent.children];
  fresh.forEach((child, place) => {
    if (old[place] === undefined) parent.append(child);
    else if (!old[place].isEqualNode(child)) old[place].replaceWith(child);
  });
  for (const child of old.slice(fresh.length)) child.remove();
}

const PATHS = {
  wechat: "M9.5 4C5.4 4 2 6.7 2 10c0 1.9 1.1 3.6 2.8 4.7L4 17.5l3-1.6c.8.2 1.6.3 2.5.3M15.5 9C12 9 9 11.4 9 14.3s3 5.2 6.5 5.2c.8 0 1.5-.1 2.2-.3L20.2 21l-.7-2.6C21 17.4 22 16 22 14.3 22 11.4 19 9 15.5 9Z",
  wecom: "M4 12.5V11a8 8 0 0 1 16 0v1.5M4 12.5h3v5H5.5A1.5 1.5 0 0 1 4 16ZM20 12.5h-3v5h1.5A1.5 1.5 0 0 0 20 16ZM18.5 17.5c0 2-2 3-4.5 3",
  sms: "M8 2.5h8a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2ZM10.5 18.5h3",
  email: "M3.5 5.5h17v13h-17zM4 6l8 7 8-7",
  webchat: "M3 5.5A1.5 1.5 0 0 1 4.5 4h15A1.5 1.5 0 0 1 21 5.5v13a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5ZM3 8.5h18M8 12.5h8M8 16h5",
  telegram: "M3 11.5 21 4l-3.5 16-5.5-4.5-3 3v-5L21 4M9 13.5l3 2",
  custom: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM16 13v6M13 16h6",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  sample: "M4 8l8-4 8 4v9l-8 4-8-4zM4 8l8 4 8-4M12 12v9",
  place: "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  back: "M14.5 5 8 12l6.5 7",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  write: "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4",
  received: "M12 4v12M7 11l5 5 5-5M5 20h14",
  sent: "M12 16V4M7 9l5-5 5 5M5 20h14",
  open: "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
  fault: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.3h.01",
};

/** One of the lab's icons; decoration only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A picture that says so when it is gone. */
export function picture(id, gone) {
  const image = el("img", { src: `/lab/media/${id}`, alt: "", loading: "lazy" });
  const frame = el("div", { className: "bubble picture" }, image);
  image.onerror = () => frame.replaceChildren(el("span", { className: "gone" }, gone));
  return frame;
}
