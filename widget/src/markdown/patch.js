/**
 * Turns blocks into nodes, changing as little as possible: what stays the same stays the same node.
 *
 * Nodes are made one by one from a list of allowed tags; text only ever becomes text nodes.
 */
const TAGS = new Set(
  "p h3 ul ol li blockquote hr br em strong s code pre div span table thead tbody tr th td".split(" "),
);
const shown = new WeakMap();

/**
 * @param {Element} element Holds nothing but the blocks.
 * @param {object[]} blocks
 * @param {object} make See index.js.
 */
export function patch(element, blocks, make) {
  patchChildren(element, blocks, make, true);
}

function patchChildren(element, nodes, make, isTop) {
  const before = shown.get(element) ?? [];
  for (let last = before.length; last > nodes.length; last--) element.lastChild.remove();
  nodes.forEach((node, index) => {
    const old = before[index];
    if (old === node) return;
    const child = element.childNodes[index];
    if (index >= before.length) element.append(create(node, make, isTop));
    else if (kindOf(old) === kindOf(node)) update(child, old, node, make);
    else child.replaceWith(create(node, make, isTop));
  });
  shown.set(element, nodes);
}

/** Nodes of one kind can become each other. */
function kindOf(node) {
  if (node.href) return JSON.stringify(node);
  return [node.tag, node.class, node.start, node.align, node.footnote, node.doubt, node.copy].join();
}

function update(child, old, node, make) {
  if (node.children && !node.href) patchChildren(child, node.children, make, false);
  else if (node.text !== undefined) updateText(child, old.text, node.text);
}

/** What is the same at the beginning stays, and so does what a reader has selected of it. */
function updateText(child, old, text) {
  let same = text.startsWith(old) ? old.length : 0;
  while (same < old.length && old[same] === text[same]) same++;
  if (same < old.length) child.deleteData(same, old.length - same);
  if (same < text.length) child.appendData(text.slice(same));
}

function create(node, make, isTop) {
  if (node.text !== undefined) return document.createTextNode(node.text);
  if (node.footnote !== undefined) return make.footnote(node.footnote);
  if (node.doubt) return make.doubt();
  if (node.copy) return copyButton(make);
  if (node.href) return make.link(node.href, node.children.map((child) => create(child, make, false)));
  const element = document.createElement(TAGS.has(node.tag) ? node.tag : "span");
  if (isTop) element.setAttribute("dir", "auto");
  if (node.tag === "pre") element.setAttribute("dir", "ltr");
  if (node.class) element.setAttribute("class", node.class);
  if (node.start !== undefined) element.setAttribute("start", String(node.start));
  if (node.align) element.setAttribute("data-align", node.align);
  if (node.children) patchChildren(element, node.children, make, false);
  return element;
}

function copyButton(make) {
  const button = make.copyButton(() => button.parentNode.parentNode.lastChild.textContent);
  return button;
}
