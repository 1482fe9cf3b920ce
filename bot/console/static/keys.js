/** Keys of the console: Escape, ? for help, and single letters that whoever is disturbed by them switches off. */

import { byId } from "./dom.js";

const SINGLE_KEYS = "rathausbote.single-keys";
const FIELDS = "input, textarea, select, [contenteditable]";

export class Keys {
  #onEscape;
  #keys;
  #box = byId("single-keys");

  constructor({ onEscape, keys }) {
    this.#onEscape = onEscape;
    this.#keys = keys;
    this.#box.checked = localStorage.getItem(SINGLE_KEYS) !== "off";
    this.#box.addEventListener("change", () => localStorage.setItem(SINGLE_KEYS, this.#box.checked ? "on" : "off"));
    byId("help-open").addEventListener("click", () => byId("help").showModal());
    addEventListener("keydown", (event) => this.#onKey(event));
  }

  #onKey(event) {
    if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return this.#onEscape();
    if (event.target.closest?.(FIELDS)) return;
    if (event.key === "?") return byId("help").showModal();
    const act = this.#box.checked && !event.repeat ? this.#keys[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  }
}
