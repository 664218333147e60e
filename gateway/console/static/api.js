// Speaking to the API: the token of the session on every write, every error a sentence.

import { boot, t } from "./words.js";

export class Problem extends Error {
  constructor(status, sentence, content = {}) {
    super(sentence);
    this.status = status;
    this.content = content;
  }
}

export const get = (path) => request("GET", path);
export const post = (path, content = {}) => request("POST", path, content);
export const put = (path, content) => request("PUT", path, content);

async function request(method, path, content) {
  const headers = { Accept: "application/json" };
  if (content !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRF"] = boot.me.csrf;
  }
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, { method, headers, body: content && JSON.stringify(content) });
  } catch {
    throw new Problem(0, t("The server cannot be reached."));
  }
  return settle(response.status, await response.text());
}

// The answer as lines of JSON: each is heard as it comes, the last one is the result.
export async function postForLines(path, content, hear) {
  const headers = { Accept: "application/x-ndjson", "Content-Type": "application/json", "X-CSRF": boot.me.csrf };
  let last = "";
  try {
    const response = await fetch(`/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(content) });
    if (!response.ok) return settle(response.status, await response.text());
    for await (const line of linesOf(response.body)) {
      if (last) hear(JSON.parse(last));
      last = line;
    }
  } catch (problem) {
    throw problem instanceof Problem ? problem : new Problem(0, t("The server cannot be reached."));
  }
  return settle(200, last);
}

async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

function settle(status, text) {
  if (status === 401) signInAgain();
  let content = {};
  try {
    content = JSON.parse(text);
  } catch {
    if (status < 400) throw new Problem(status, t("The answer could not be read."));
  }
  if (status >= 400) throw new Problem(status, t(content.sentence || content.detail || "Something went wrong.", content.values), content);
  return content;
}

// Drafts and unsent messages stay in the browser, so nothing typed is lost by this.
export function signInAgain() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

// fetch tells nothing about how far an upload is.
export function upload(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/files?name=${encodeURIComponent(file.name || "")}`);
    request.setRequestHeader("X-CSRF", boot.me.csrf);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Problem(0, t("The server cannot be reached.")));
    request.onload = () => {
      try {
        resolve(settle(request.status, request.responseText));
      } catch (problem) {
        reject(problem);
      }
    };
    request.send(file);
  });
}

// crypto.randomUUID exists under TLS only.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
