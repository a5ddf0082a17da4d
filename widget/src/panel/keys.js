/** Keeps what is typed in the panel from the shortcuts of the page around it. */

const KEY_EVENTS = ["keydown", "keypress", "keyup"];

/**
 * Show key events to the panel alone, before any listener of the document.
 *
 * @param {HTMLElement} host
 * @returns {() => void} Ends it.
 */
export function keepKeysInside(host) {
  const keep = (event) => {
    if (!event.isTrusted || !event.composedPath().includes(host)) return;
    event.stopImmediatePropagation();
    const inside = new KeyboardEvent(event.type, { ...describe(event), bubbles: true, cancelable: true });
    event.composedPath()[0].dispatchEvent(inside);
    if (inside.defaultPrevented) event.preventDefault();
  };
  for (const name of KEY_EVENTS) window.addEventListener(name, keep, true);
  return () => {
    for (const name of KEY_EVENTS) window.removeEventListener(name, keep, true);
  };
}

function describe({ key, code, location, repeat, isComposing, keyCode, shiftKey, ctrlKey, altKey, metaKey }) {
  return { key, code, location, repeat, isComposing, keyCode, shiftKey, ctrlKey, altKey, metaKey };
}
