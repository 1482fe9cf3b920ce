/** Groups of the list fold away, by their heading or with the arrow keys left and right; remembered in this browser. */

const FOLDED = "rathausbote.folded";

export class Folds {
  #nav;

  constructor(nav) {
    this.#nav = nav;
    const folded = load();
    for (const section of this.#sections()) {
      const button = section.querySelector(".fold");
      this.#set(section, folded.includes(section.dataset.group));
      button.addEventListener("click", () => this.#toggle(section));
    }
    nav.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #sections() {
    return [...this.#nav.querySelectorAll(".group")].filter((section) => section.querySelector(".fold"));
  }

  #set(section, isFolded) {
    section.classList.toggle("folded", isFolded);
    section.querySelector(".fold").setAttribute("aria-expanded", String(!isFolded));
  }

  #toggle(section, isFolded = !section.classList.contains("folded")) {
    this.#set(section, isFolded);
    const folded = this.#sections().filter((each) => each.classList.contains("folded"));
    localStorage.setItem(FOLDED, JSON.stringify(folded.map((each) => each.dataset.group)));
  }

  #onKey(event) {
    const section = event.target.closest(".row, .fold")?.closest(".group");
    if (!section?.querySelector(".fold") || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "ArrowLeft") section.querySelector(".fold").focus();
    this.#toggle(section, event.key === "ArrowLeft");
  }
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(FOLDED)) ?? [];
  } catch {
    return [];
  }
}
