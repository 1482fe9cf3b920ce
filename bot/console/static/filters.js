/** What the list shows: own team or all, one language, one channel; own conversations are never filtered out. */

import { byId, make } from "./dom.js";
import { languageName } from "./words.js";

const OWN_TEAM = "rathausbote.own-team";

export class Filters {
  #ownTeam = byId("own-team");
  #language = byId("language");
  #channel = byId("channel");
  #offered = "";

  constructor(onChange) {
    this.#ownTeam.checked = localStorage.getItem(OWN_TEAM) === "yes";
    this.#ownTeam.addEventListener("change", () => localStorage.setItem(OWN_TEAM, this.#ownTeam.checked ? "yes" : "no"));
    for (const each of [this.#ownTeam, this.#language, this.#channel]) each.addEventListener("change", onChange);
  }

  wants(entry, group) {
    if (group === "mine" || group === "snoozed") return true;
    const { value: language } = this.#language;
    const { value: channel } = this.#channel;
    return (!channel || entry.channel === channel) && (!language || entry.language === language) && (!this.#ownTeam.checked || entry.is_own_team);
  }

  /** Languages that occur in the list, and the chosen one although it occurs no longer. */
  offerLanguages(entries) {
    const chosen = this.#language.value;
    const codes = new Set([...entries.map((entry) => entry.language), chosen].filter(Boolean));
    const options = [...codes].map((code) => ({ code, name: languageName(code) })).sort((a, b) => a.name.localeCompare(b.name));
    const offered = options.map(({ code }) => code).join();
    if (offered === this.#offered) return;
    this.#offered = offered;
    this.#language.replaceChildren(this.#language.options[0], ...options.map(({ code, name }) => make("option", { value: code, text: name })));
    this.#language.value = chosen;
  }
}
