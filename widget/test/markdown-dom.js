/** As much of a document as patch() needs. It counts what is done to it, and knows no way to read markup. */
export const counts = { operations: 0 };

class FakeNode {
  parentNode = null;

  remove() {
    counts.operations++;
    this.parentNode.childNodes.splice(this.parentNode.childNodes.indexOf(this), 1);
    this.parentNode = null;
  }

  replaceWith(node) {
    counts.operations++;
    const { parentNode } = this;
    parentNode.childNodes[parentNode.childNodes.indexOf(this)] = node;
    node.parentNode = parentNode;
    this.parentNode = null;
  }
}

class FakeText extends FakeNode {
  constructor(data) {
    super();
    this.data = data;
  }

  get textContent() {
    return this.data;
  }

  appendData(data) {
    counts.operations++;
    this.data += data;
  }

  deleteData(offset, count) {
    counts.operations++;
    this.data = this.data.slice(0, offset) + this.data.slice(offset + count);
  }

  toString() {
    return this.data.replaceAll("<", "&lt;");
  }
}

export class FakeElement extends FakeNode {
  attributes = {};
  childNodes = [];

  constructor(tag) {
    super();
    this.tag = tag;
  }

  get lastChild() {
    return this.childNodes.at(-1);
  }

  get textContent() {
    return this.childNodes.map((node) => node.textContent).join("");
  }

  setAttribute(name, value) {
    if (typeof value !== "string") throw new TypeError(`${name} is no string`);
    this.attributes[name] = value;
  }

  append(...nodes) {
    counts.operations++;
    for (const node of nodes) node.parentNode = this;
    this.childNodes.push(...nodes);
  }

  *all() {
    for (const node of this.childNodes) {
      yield node;
      if (node instanceof FakeElement) yield* node.all();
    }
  }

  toString() {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}=${value}`);
    return `<${this.tag}${attributes.join("")}>${this.childNodes.join("")}</${this.tag}>`;
  }
}

function created(node) {
  counts.operations++;
  return node;
}

export function installDocument() {
  globalThis.document = {
    createElement: (tag) => created(new FakeElement(tag)),
    createTextNode: (data) => created(new FakeText(data)),
  };
}

function filled(tag, attributes, ...nodes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...nodes);
  return element;
}

export const make = {
  footnote: (number) => filled("button", {}, document.createTextNode(String(number))),
  doubt: () => filled("span", { class: "doubt" }, document.createTextNode("not confirmed")),
  link: (href, children) => filled("a", { href }, ...children),
  copyButton: (getText) => Object.assign(filled("button", { class: "copy" }), { getText }),
};
