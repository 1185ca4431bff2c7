// What a page is asked from within. Put into it before its own scripts; its own policy of what may run holds on.
let shifted = 0;
let kept = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted += value;
}).observe({ type: 'layout-shift', buffered: true });

addEventListener('DOMContentLoaded', () => {
  for (const part of document.querySelectorAll('[data-live]'))
    new MutationObserver(() => {
      kept += 1;
    }).observe(part, { childList: true });
});

const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';

function named(element) {
  const text = (element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText ?? '').trim();
  return `<${element.tagName.toLowerCase()}> “${text.slice(0, 50).replaceAll('\n', ' ')}”`;
}

/** In the order of the document. One that is only seen when it has the focus is one, too. */
const controls = () => [...document.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility());

function channels(color) {
  const [r, g, b, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return { rgb: [r, g, b], alpha };
}

/** WCAG 2.2, relative luminance. */
function luminance(rgb) {
  const [r, g, b] = rgb.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The colour on which something stands. */
function ground(element) {
  for (let at = element; at; at = at.parentElement) {
    const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return rgb;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
}

globalThis.inPage = {
  /** The sum of what moved without anybody's doing. */
  shifted: () => shifted,
  /** How often live parts were sent anew. */
  kept: () => kept,
  live: () => document.querySelectorAll('[data-live]').length,
  controls: () => controls().map(named),

  /** What reaches beyond the window's width. */
  tooWide() {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const found = [...document.body.querySelectorAll('*')].filter(
      (each) => each.getBoundingClientRect().right > clientWidth + 1,
    );
    return [`${scrollWidth} px wide in ${clientWidth}`, ...found.slice(0, 5).map(named)];
  },

  /** What moves or fades. */
  moving: () =>
    [...document.querySelectorAll('*')]
      .filter((each) => {
        const { transitionDuration, animationName } = getComputedStyle(each);
        return animationName !== 'none' || transitionDuration.split(',').some((time) => Number.parseFloat(time) > 0);
      })
      .map(named),

  /** The control that has the focus: its place among all, and what is wrong with how it shows it. Null: none has it. */
  focused() {
    const at = document.activeElement;
    if (at === null || at === document.body) return null;
    const wrong = [];
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(at);
    if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 1) wrong.push('its focus does not show');
    else if (outlineStyle !== 'auto') {
      const ratio = contrast(channels(outlineColor).rgb, ground(at.parentElement));
      if (ratio < 3) wrong.push(`its focus shows by a contrast of ${ratio.toFixed(1)} only`);
    }
    // A link over two lines has no middle of its own.
    const box = [...at.getClientRects()].find(({ width, height }) => width > 0 && height > 0);
    const seen = box && document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
    if (!seen) wrong.push('it has the focus and is out of sight');
    else if (!at.contains(seen) && !seen.contains(at)) wrong.push(`it is behind ${named(seen)}`);
    return { place: controls().indexOf(at), name: named(at), wrong };
  },

  /** As something that presses every button of a page without reading it: how many it sent, by each form's own buttons, unchecked. */
  forms: () => [...document.forms].map(({ action, method }) => ({ action, method })),
  submit(form, button) {
    const which = document.forms[form];
    const buttons = [...which.querySelectorAll('button, input[type=submit]')];
    if (button >= buttons.length) return false;
    which.noValidate = true;
    which.requestSubmit(buttons[button]);
    return true;
  },
};
