/** Builds elements. Text only ever becomes text nodes: what models and documents say is never read as markup. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} properties `class`, `on…` listeners, attributes; null and false are left out.
 * @param {...(Node|string|null)} children
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Let a style sheet count in a shadow root. */
export function adopt(root, css) {
  const styleSheet = new CSSStyleSheet();
  styleSheet.replaceSync(css);
  root.adoptedStyleSheets.push(styleSheet);
}

/** A link that leaves the page alone; plain text where there is no safe address. */
export function externalLink(href, properties, ...children) {
  if (!href) return el("span", properties, ...children);
  return el("a", { ...properties, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Text for screen readers; with a direction of its own, it does not set that of the reader's words behind it. */
export function hiddenText(text) {
  return el("span", { class: "visually-hidden", dir: "ltr" }, text);
}

const ICONS = {
  conversations: "M4 6h16M4 12h16M4 18h10",
  copy: "M9 9V5.5A1.5 1.5 0 0 1 10.5 4h8A1.5 1.5 0 0 1 20 5.5v8a1.5 1.5 0 0 1-1.5 1.5H15M5.5 9h8A1.5 1.5 0 0 1 15 10.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 4 18.5v-8A1.5 1.5 0 0 1 5.5 9z",
  again: "M19 12a7 7 0 1 1-2-4.9M19 4v4h-4",
  share: "M10 14a4 4 0 0 0 5.7 0l2.8-2.8a4 4 0 0 0-5.7-5.7L11.5 6.8M14 10a4 4 0 0 0-5.7 0l-2.8 2.8a4 4 0 0 0 5.7 5.7l1.3-1.3",
  rename: "M5 19l1-4L15.5 5.5a1.5 1.5 0 0 1 2.100 0l.9.9a1.5 1.5 0 0 1 0 2.100L9 18z",
  footnote:
    "M4 4h16v13h-9l-5 4v-4H4zM12 7v7M9 9l6 3M15 9l-6 3",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7.5 7.5h9v9h-9z",
  delete: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 11v5M13.5 11v5",
  close: "M6 6l12 12M18 6L6 18",
  thumb: "M7 11v8H4.5v-8zM7 11l4-7a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.4l-1 5a2 2 0 0 1-2 1.6H7",
  restart:
    "M11.5 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19h11a1.5 1.5 0 0 0 1.5-1.5v-5M10 14v-2.2l7.6-7.6 2.2 2.2L12.2 14z",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, properties = {}) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...properties },
    icon(name),
    el("span", { class: "icon-label" }, label),
  );
}
