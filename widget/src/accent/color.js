/** Makes any accent color readable: WCAG 2.2 relative luminance and contrast ratio, https://www.w3.org/TR/WCAG22/ */

// More than the 4.5 of level AA, for markers stand on a tinted ground.
const MIN_CONTRAST = 5.6;
const MIN_INK_CONTRAST = 4.5;
const STEP = 0.06;
const [WHITE, SOFT_BLACK, BLACK] = [255, 17, 0].map((channel) => [channel, channel, channel]);

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Return white or a soft black, whichever reads better on the color, or pure black where neither is enough. */
export function inkOn(color) {
  const inks = [WHITE, SOFT_BLACK].sort((a, b) => contrast(color, b) - contrast(color, a));
  return contrast(color, inks[0]) >= MIN_INK_CONTRAST ? inks[0] : BLACK;
}

/** Return the color, moved towards the ink as far as it takes to be read as text on the surface. */
export function readableOn(surface, color) {
  const ink = inkOn(surface);
  let readable = color;
  for (let share = 0; share < 1 && contrast(readable, surface) < MIN_CONTRAST; share += STEP) {
    readable = color.map((channel, i) => Math.round(channel + (ink[i] - channel) * share));
  }
  return contrast(readable, surface) < MIN_CONTRAST ? ink : readable;
}

function luminance(color) {
  const [red, green, blue] = color.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
