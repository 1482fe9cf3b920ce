/** Canned responses: found by code, title or text, put into the reply with their placeholders filled. */

import { byId, make, show } from "./dom.js";

export class Canned {
  #responses;
  #onChoose;
  #context = { language: "de", placeholders: {} };

  constructor({ responses, onChoose }) {
    this.#responses = responses;
    this.#onChoose = onChoose;
    byId("canned-search").addEventListener("input", () => this.#render());
    byId("canned-search").addEventListener("keydown", (event) => this.#onKey(event));
    byId("canned-close").addEventListener("click", () => byId("canned").close());
    byId("canned-open").addEventListener("click", () => this.open());
  }

  setContext(language, placeholders) {
    this.#context = { language, placeholders };
  }

  open() {
    byId("canned-search").value = "";
    this.#render();
    byId("canned").showModal();
    byId("canned-search").focus();
  }

  #found() {
    const words = byId("canned-search").value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#responses.filter((each) => {
      const all = `${each.short_code} ${each.title} ${this.#textOf(each)}`.toLowerCase();
      return words.every((one) => all.includes(one));
    });
  }

  #render() {
    const found = this.#found();
    show(byId("canned-none"), found.length === 0);
    byId("canned-list").replaceChildren(...found.map((each) => make("li", {}, this.#toButton(each))));
  }

  #toButton(response) {
    const button = make(
      "button",
      { className: "canned-item", type: "button" },
      make("span", { className: "canned-head" }, make("strong", { text: response.title }), make("code", { text: `/${response.short_code}` })),
      make("span", { className: "canned-text", text: this.#textOf(response), dir: "auto" }),
    );
    button.addEventListener("click", () => this.#choose(response));
    return button;
  }

  #choose(response) {
    byId("canned").close();
    this.#onChoose(this.#textOf(response));
  }

  #onKey(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [first] = this.#found();
    if (first) this.#choose(first);
  }

  /** In the citizen's language where it exists; what is not known stays visible as a placeholder. */
  #textOf({ content, contents }) {
    const text = contents?.[this.#context.language] ?? content;
    return text.replace(/\{(\w+)\}/g, (whole, name) => this.#context.placeholders[name] ?? whole);
  }
}
