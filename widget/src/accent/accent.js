/** The accent color that a site chose, made readable in light and dark. */
import { inkOn, readableOn } from "./color.js";

const LIGHT_SURFACE = [255, 255, 255];
const DARK_SURFACE = [25, 26, 24];
const RESOLVED = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)/;

/**
 * Set what the colors of text on the accent and in the accent are, where the site has not set them itself.
 *
 * @param {HTMLElement} host May have the accent as `--footnote-accent`, in any syntax of CSS.
 * @param {ShadowRoot} root
 */
export function applyAccent(host, root) {
  const style = getComputedStyle(host);
  const accent = style.getPropertyValue("--footnote-accent") && resolve(root, "var(--footnote-accent)");
  if (!accent) return;
  const colors = {
    "--footnote-on-accent": inkOn(accent),
    "--fn-accent-on-light": readableOn(LIGHT_SURFACE, accent),
    "--fn-accent-on-dark": readableOn(DARK_SURFACE, accent),
  };
  for (const [name, rgb] of Object.entries(colors)) {
    if (!style.getPropertyValue(name)) host.style.setProperty(name, `rgb(${rgb.join(" ")})`);
  }
}

/** Return a color as red, green and blue from 0 to 255, as the browser computes it; null if it is none. */
function resolve(root, color) {
  const probe = document.createElement("span");
  probe.style.color = `color-mix(in srgb, ${color} 100%, transparent 0%)`;
  root.append(probe);
  const match = RESOLVED.exec(getComputedStyle(probe).color);
  probe.remove();
  return match && match.slice(1).map((channel) => Math.round(255 * Math.min(1, Math.max(0, Number(channel)))));
}
