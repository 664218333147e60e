/** Choosing a picture from the disk. */

import { t } from "./words.js";

const LARGEST = 10 * 1024 * 1024;

/** Ask for a file; its bytes in base64, or null when nothing was chosen. Throws an Error that says what is wrong. */
export async function choosePicture() {
  const file = await ask();
  if (file === null) return null;
  if (!file.type.startsWith("image/")) throw new Error(t("notPicture"));
  if (file.size > LARGEST) throw new Error(t("tooLarge"));
  return base64(file);
}

function ask() {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "image/*";
    input.onchange = () => resolve(input.files[0] ?? null);
    input.oncancel = () => resolve(null);
    input.click();
  });
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
