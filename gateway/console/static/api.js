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
