"""The page's few lines of script: arrow keys between boxes, Escape back to the drawing. Reading needs none of it."""

from __future__ import annotations

SCRIPT = """
(() => {
  const links = [...document.querySelectorAll(".drawing a")];
  const at = (link) => {
    const box = link.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const next = (from, key) => {
    const [x, y] = at(from), across = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    let best = null, least = Infinity;
    for (const link of links) {
      const [u, v] = at(link), along = sign * (across ? u - x : v - y), aside = Math.abs(across ? v - y : u - x);
      if (along < 4 || (!across && aside > 60)) continue;
      const far = along + 2 * aside;
      if (far < least) { least = far; best = link; }
    }
    return best;
  };
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (links.includes(here) && event.key.startsWith("Arrow")) {
      const to = next(here, event.key);
      if (to) { to.focus(); event.preventDefault(); }
    } else if (event.key === "Escape") {
      const panel = here.closest(".panel[id]");
      const back = panel && links.find((link) => link.getAttribute("href") === "#" + panel.id);
      if (back) back.focus();
    }
  });
})();
"""
