/** Puts text on the clipboard, and says so on the button that was pressed. */
import { el } from "../dom.js";

const SAID_MS = 2000;

/** A button that copies the code beside it. */
export function copyButton(t, textOf) {
  const button = el("button", { type: "button", class: "copy", part: "copy" }, t("copyCode"));
  button.addEventListener("click", async () => {
    if (await copyText(textOf(), button)) say(button, t("copied"), t("copyCode"));
  });
  return button;
}

/**
 * @param {string} text
 * @param {Element} near Stands where a selection may be made, for browsers and pages without a clipboard.
 * @returns {Promise<boolean>} Whether it is copied.
 */
export async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

/** The page's policy may forbid the clipboard, and pages without https have none. */
function copyBySelection(text, near) {
  const field = el("textarea", { class: "visually-hidden", readonly: true, tabindex: -1 });
  field.value = text;
  near.parentElement.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  near.focus();
  return isCopied;
}

function say(button, words, before) {
  button.textContent = words;
  setTimeout(() => (button.textContent = before), SAID_MS);
}
