// Files: uploaded first, with their progress on the screen, then said in a message. Without a line they wait.

const filesOf = new Map();

const change = (client, values) => {
  state.uploads = state.uploads.map((each) => (each.client === client ? { ...each, ...values } : each));
  render();
};

const begin = (client) => {
  const file = filesOf.get(client);
  const request = new XMLHttpRequest();
  const progress = (done) => change(client, { parts: [{ kind: "upload", name: file.name, size: file.size, progress: done }] });
  request.open("POST", `${base}/files?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("Authorization", `Bearer ${state.token}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => progress(Math.round((50 * event.loaded) / event.total) / 50);
  // Without an answer it begins again when the line is back.
  request.onerror = () => change(client, { running: false, refused: state.isOnline });
  request.onload = () => (request.status === 201 ? uploaded(client, JSON.parse(request.responseText)) : change(client, { running: false, refused: true }));
  change(client, { running: true, refused: false });
  request.send(file);
};

const uploaded = (client, part) => {
  bytesOf.set(part.digest, Promise.resolve(URL.createObjectURL(filesOf.get(client))));
  filesOf.delete(client);
  state.uploads = state.uploads.filter((each) => each.client !== client);
  submit({ attachments: [part] });
};

const attach = (files) => {
  const wrong = files.filter((file) => !file.size || file.size > FILE_LIMIT);
  say(wrong.map((file) => `${file.name} ${file.size ? words.large : words.empty}`).join("; "));
  for (const file of files.filter((each) => !wrong.includes(each))) {
    const entry = fromHere({ parts: [{ kind: "upload", name: file.name, size: file.size, progress: 0 }] });
    filesOf.set(entry.client, file);
    state.uploads.push(entry);
    isAtEnd = true;
    render();
    if (state.isOnline) begin(entry.client);
  }
};

const resume = () => state.uploads.filter((each) => !each.running && !each.refused).forEach((each) => begin(each.client));

const pick = () => {
  attach([...picker.files]);
  picker.value = "";
};
box.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  attach([...event.clipboardData.files]);
});

const isOver = (over) => panel.classList.toggle("dropping", over && ask.hidden);
panel.addEventListener("dragover", (event) => {
  event.preventDefault();
  isOver(event.dataTransfer.types.includes("Files"));
});
panel.addEventListener("dragleave", (event) => panel.contains(event.relatedTarget) || isOver(false));
panel.addEventListener("drop", (event) => {
  event.preventDefault();
  isOver(false);
  if (ask.hidden) attach([...event.dataTransfer.files]);
});
