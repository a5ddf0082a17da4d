/** The accent color that a site chose, made readable in light and dark. */
import { inkOn, parseHex, readableOn } from "./color.js";

const LIGHT_SURFACE = [255, 255, 255];
const DARK_SURFACE = [25, 26, 24];

/**
 * @param {HTMLElement} element
 * @param {string|null} color Any plain CSS color; what is none changes nothing.
 */
export function applyAccent(element, color) {
  const hex = toHex(color);
  if (!hex) return;
  const accent = parseHex(hex);
  const css = (rgb) => `rgb(${rgb.join(" ")})`;
  element.style.setProperty("--footnote-accent", css(accent));
  element.style.setProperty("--footnote-on-accent", css(inkOn(accent)));
  element.style.setProperty("--fn-accent-on-light", css(readableOn(LIGHT_SURFACE, accent)));
  element.style.setProperty("--fn-accent-on-dark", css(readableOn(DARK_SURFACE, accent)));
}

/** Return any plain CSS color (a name, hex, rgb, hsl) as `#rrggbb`, or null. */
function toHex(color) {
  if (!color || !CSS.supports("color", color)) return null;
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color;
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : null;
}
