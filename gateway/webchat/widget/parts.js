// What a message is made of.

const linked = (text) => {
  const parts = text.split(/(https?:\/\/[^\s<>"'，。；！？）】]+)/);
  return parts.map((part, index) => (index % 2 ? anchor(part, part) : part));
};
const anchor = (url, text) =>
  /^https?:/i.test(url) ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text;

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

const bytesOf = new Map();
const load = (digest) => {
  if (!bytesOf.has(digest)) {
    const loading = fetch(`${base}/files/${digest}`, { headers: { Authorization: `Bearer ${state.token}` } })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(answer)))
      .then((blob) => URL.createObjectURL(blob));
    loading.catch(() => bytesOf.delete(digest));
    bytesOf.set(digest, loading);
  }
  return bytesOf.get(digest);
};

const nameOf = (part) => part.name || part.digest.slice(0, 12);

const download = async (part) => {
  try {
    make("a", { href: await load(part.digest), download: nameOf(part) }).click();
  } catch {
    say(words.lost);
  }
};

const fileButton = (part) =>
  make(
    "button",
    { class: "bubble file", type: "button", title: words.download, onclick: () => download(part) },
    icon(ICONS.file),
    make("span", {}, `${part.name || words.download} (${size(part.size)})`),
  );

const zoom = (part, url) => {
  const dialog = make(
    "dialog",
    { class: "zoom", "aria-label": nameOf(part), onclose: () => dialog.remove() },
    make("img", { src: url, alt: nameOf(part) }),
    make(
      "div",
      {},
      make("button", { type: "button", onclick: () => download(part) }, words.download),
      make("button", { type: "button", onclick: () => dialog.close() }, words.close),
    ),
  );
  root.append(dialog);
  dialog.showModal();
};

const picture = (part) => {
  const shown = make("img", { alt: part.name || words.picture });
  const frame = make("button", { class: "bubble picture", type: "button", onclick: () => zoom(part, shown.src) }, shown);
  shown.addEventListener("load", () => stick());
  load(part.digest).then(
    (url) => (shown.src = url),
    () => frame.replaceWith(fileButton(part)),
  );
  return frame;
};

// A question with the scores 1 to 5 is one row; the words of a score are there for those who cannot see its place.
const isScale = ({ options }) => options.length === 5 && options.every(({ id }, index) => new RegExp(`(^|-)${index + 1}$`).test(id));

const menu = (part, chosen) => {
  const scale = isScale(part);
  const labels = part.options.map((option) => option.label);
  const button = (option, index) =>
    make(
      "button",
      {
        type: "button",
        disabled: Boolean(chosen),
        "aria-pressed": String(chosen === option.id),
        "aria-label": scale ? `${index + 1} ${option.label}` : option.label,
        title: option.label,
        onclick: () => {
          submit({ choice: option });
          writing().focus();
        },
      },
      scale ? String(index + 1) : option.label,
    );
  return make(
    "div",
    { class: scale ? "card scale" : "card", role: "group", "aria-label": part.text },
    make("p", {}, part.text),
    make("div", { class: "options" }, ...part.options.map(button)),
    scale ? make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, labels[0]), make("span", {}, labels[4])) : "",
  );
};

const upload = (part) =>
  make(
    "div",
    { class: "bubble file" },
    icon(ICONS.file),
    make("span", {}, `${part.name} (${size(part.size)})`, make("progress", { max: "1", value: part.progress, "aria-label": words.uploading })),
  );

const DRAW = {
  text: (part) => make("div", { class: "bubble" }, ...linked(part.text)),
  choice: (part) => make("div", { class: "bubble" }, part.label || part.id),
  link: (part) => make("div", { class: "bubble" }, anchor(part.url, part.title || part.url), part.description && `\n${part.description}`),
  menu,
  media: (part) => (part.type === "image" ? picture(part) : fileButton(part)),
  upload,
};
