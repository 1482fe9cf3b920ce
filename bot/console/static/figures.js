/** What team leads count, in a dialog: waits, first replies, ratings, results and citizens' words of the last days. */

import { get } from "./api.js";
import { byId, make, setText, show } from "./dom.js";
import { feedbackItem } from "./feedback.js";
import { duration, hasWord, word } from "./words.js";

export class Figures {
  #asked = 0;

  constructor(role) {
    byId("figures-open").hidden = role !== "lead" && role !== "admin";
    byId("figures-open").addEventListener("click", () => this.#open());
    byId("figures-days").addEventListener("change", () => this.#load());
  }

  #open() {
    byId("figures").showModal();
    this.#load();
  }

  async #load() {
    const turn = ++this.#asked;
    setText(byId("figures-state"), word("loading"));
    try {
      const figures = await get(`figures?days=${byId("figures-days").value}`);
      if (turn === this.#asked) render(figures);
    } catch {
      if (turn === this.#asked) setText(byId("figures-state"), word("figures_failed"));
    }
  }
}

function render({ all, offices, staff, comments }) {
  setText(byId("figures-state"), word("figures_hint"));
  byId("figures-rows").replaceChildren(
    toRow({ ...all, name: word("figures_all") }, "total"),
    ...offices.map((each, number) => toRow(each, number ? "" : "first")),
    ...staff.map((each, number) => toRow(each, number ? "" : "first")),
  );
  show(byId("figures-no-comments"), !comments.length);
  byId("figures-comments").replaceChildren(...comments.map((each) => feedbackItem(each, () => byId("figures").close())));
  const results = Object.entries(all.results).filter(([, count]) => count);
  byId("figures-results").replaceChildren(
    ...results.map(([result, count]) =>
      make("div", {}, make("dt", { text: hasWord(`result_${result}`) ? word(`result_${result}`) : result }), make("dd", { text: String(count) })),
    ),
  );
}

function toRow({ name, handoffs, median_wait_seconds: wait, median_first_reply_seconds: reply, mean_rating: rating, ratings }, className) {
  const values = [handoffs, toTime(wait), toTime(reply), rating === null ? "–" : `${rating.toLocaleString(document.documentElement.lang)} (${ratings})`];
  return make("tr", { className }, make("th", { scope: "row", text: name ?? "–" }), ...values.map((value) => make("td", { text: String(value) })));
}

const toTime = (seconds) => (seconds === null ? "–" : duration(seconds));
