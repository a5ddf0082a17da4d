/** Where the panel covers the page, Tab goes round within it. */
const STOPS = "a[href], button, textarea, input, summary, [tabindex='0']";

export function keepFocusInside(panel, event) {
  const stops = [...panel.querySelectorAll(STOPS)];
  const reachable = stops.filter((stop) => stop.tabIndex >= 0 && !stop.disabled && stop.checkVisibility());
  const [first, last] = [reachable[0], reachable[reachable.length - 1]];
  const focused = panel.getRootNode().activeElement;
  if (event.shiftKey ? focused !== first : focused !== last) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}
