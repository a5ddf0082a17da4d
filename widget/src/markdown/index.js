/**
 * Markdown that streams in, without any string of HTML: a parser without DOM, and a patch that makes nodes.
 *
 *     const answer = new MarkdownText();
 *     answer.push("Open **Mon");      // some more text, cut anywhere
 *     answer.push("day** to Friday.");
 *     answer.mark(1);                 // a footnote stands here
 *     answer.doubt(true);             // a sentence that is not confirmed begins …
 *     answer.push(" Closed in May.");
 *     answer.doubt(false);            // … and ends
 *     patch(element, answer.blocks, make); // after each push, or once a frame; `element` holds nothing else
 *     answer.end();                   // nothing follows: what was held back because it was not clear is shown
 *     patch(element, answer.blocks, make);
 *
 * `make` makes what the parser cannot know:
 *     footnote(number)       the element of a marker; it stays while the same number is in the same place
 *     doubt()                what is said behind a sentence that is not confirmed
 *     copyButton(getText)    the button above code
 *     link(href, children)   an <a> around nodes; `href` is http:, https: or mailto:
 * All of them are asked once for each node. Signs such as [1] in the text are text: MarkerParser finds them.
 *
 * The tree: {text}, {footnote}, {doubt: true}, {copy: true}, {tag: "a", href, children} or {tag, children} with
 * `start` (ol), `align` (th, td: attribute data-align) and `class`: "doubtful" (span), "table" (div around table),
 * "fence" (div of "fence-bar" and pre), "language" (span in the bar). Every heading is an h3, "minor" from ### on. Blocks are dir="auto".
 * A line that ends within a paragraph is a line break. Left out: references, footnote definitions, HTML, entities,
 * indented code, underlined headings.
 */
export { patch } from "./patch.js";
export { MarkdownText } from "./text.js";
