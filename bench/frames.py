"""The longest time between two frames of a page, and the script that ran longest within one."""

from typing import Any

from playwright.sync_api import Page

LIMIT_MS = 50
# A frame that is long because the machine is busy names a script, too: it waited.
_LONGEST = """(limit) => {
    const start = { longest: 0, late: 0, script: { duration: 0, name: "" } };
    const found = window.benchFrames ?? start;
    window.benchFrames = start;
    if (found !== start) return found;
    let last = performance.now();
    const frame = (now) => {
        const frames = window.benchFrames;
        frames.longest = Math.max(frames.longest, now - last);
        if (now - last > limit) frames.late += 1;
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const nameOf = ({ sourceURL, sourceFunctionName, invoker }) =>
        `${sourceURL.split("/console/").at(-1)} ${sourceFunctionName || invoker}`;
    const keepLonger = (script) => {
        if (script.duration <= window.benchFrames.script.duration) return;
        window.benchFrames.script = { duration: script.duration, name: nameOf(script) };
    };
    new PerformanceObserver((list) => {
        list.getEntries().flatMap(({ scripts }) => scripts).forEach(keepLonger);
    }).observe({ type: "long-animation-frame" });
    return found;
}"""


def longest(page: Page) -> dict[str, Any]:
    """Return the longest frame and the longest script, in milliseconds, since the last call."""
    found = page.evaluate(_LONGEST, LIMIT_MS)
    return {
        "longest frame ms": found["longest"],
        f"frames over {LIMIT_MS} ms": found["late"],
        "longest script ms": found["script"]["duration"],
        "script": found["script"]["name"],
    }
