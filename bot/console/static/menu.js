/** The menu of further steps closes like every menu: by a click elsewhere and by Escape. */

import { byId } from "./dom.js";

export function closeMenu() {
  byId("more").open = false;
}

export function keepMenuTidy() {
  const menu = byId("more");
  addEventListener("click", (event) => menu.contains(event.target) || closeMenu());
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    closeMenu();
    menu.querySelector("summary").focus();
  });
}
