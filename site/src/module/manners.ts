// What <munit-image> says, in any language, and when it waits before it loads anything.

import type { Progress } from "./types";

/** Each can be set by an attribute text-NAME. What is in braces is filled in. */
const texts = {
  start: "Download the model and translate",
  downloading: "Downloading the model: {progress}",
  waiting: "Nothing comes of the model at the moment; waiting…",
  preparing: "Preparing the model…",
  translating: "Translating…",
  result: "{what}, {n} of {count}",
};

export function textOf(element: Element, name: keyof typeof texts, values: Record<string, string | number> = {}): string {
  const text = element.getAttribute(`text-${name}`) ?? texts[name];
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

export function words(element: Element, p: Progress): string {
  if (p.stalled) return textOf(element, "waiting");
  if (p.stage !== "download") return textOf(element, "preparing");
  const progress = p.total ? `${Math.floor((100 * p.loaded) / p.total)} %` : `${(p.loaded / 1e6).toFixed(1)} MB`;
  return textOf(element, "downloading", { progress });
}

/** Whether the visitor asks pages to load little. */
export function frugal(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  return connection?.saveData === true || matchMedia("(prefers-reduced-data: reduce)").matches;
}

/** Waits until the element is at most a window's height away from what is seen; fails where signal stops it. */
export function near(element: Element, signal: AbortSignal): Promise<void> {
  return new Promise((come, stop) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        come();
      },
      { rootMargin: "100%" },
    );
    observer.observe(element);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      stop();
    });
  });
}
