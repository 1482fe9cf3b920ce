/** Starts the console: session, list, conversation, live updates; the address keeps which conversation is open. */

import { get, setCsrfToken, signOut } from "./api.js";
import { ConversationView } from "./conversation.js";
import { clearAll, setOwner, takeOpen } from "./drafts.js";
import { byId, hideNotice, notify, setText } from "./dom.js";
import { Figures } from "./figures.js";
import { Keys } from "./keys.js";
import { Live } from "./live.js";
import { Queue } from "./queue.js";
import { Alerts, Presence } from "./team.js";
import { setWords, word } from "./words.js";

const PAUSE = 400;
const RETRY = 3_000;
const SAFETY = 60_000;

class Console {
  #queue;
  #view;
  #alerts = new Alerts();
  #timer = 0;
  #last = 0;
  #searchTimer = 0;
  #searched = "";

  constructor(session) {
    this.#queue = new Queue({ language: session.language, onOpen: (id) => this.#go(id) });
    const presence = new Presence(session);
    new Figures(session.role);
    this.#view = new ConversationView({ session, presence, onStep: () => this.#refreshQueue() });
    addEventListener("popstate", () => this.#show());
    new Keys({
      onEscape: () => this.#toList(),
      keys: {
        w: () => this.#queue.openFirst(),
        s: () => byId("search").focus(),
        a: () => this.#view.answer(),
        e: () => press("resolve"),
        t: () => press("transfer"),
        z: () => press("snooze"),
        n: () => this.#view.writeNote(),
      },
    });
    byId("search").addEventListener("input", () => this.#searchSoon());
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("facts").open = matchMedia("(min-width: 1181px)").matches;
    byId("back").addEventListener("click", () => this.#toList({ close: true }));
    byId("sign-out").addEventListener("click", () => this.#signOut());
    byId("notice-close").addEventListener("click", hideNotice);
    setInterval(() => this.#refreshAll(), SAFETY);
    this.#show();
    new Live({
      onReady: () => this.#refreshAll(),
      onChange: (id) => this.#changed(id),
      onState: (isLive) => this.#showConnection(isLive),
    });
  }

  #go(id) {
    if (openId() !== id) history.pushState(null, "", `#/${encodeURIComponent(id)}`);
    this.#show().then(() => this.#view.focus());
  }

  async #show() {
    const id = openId();
    document.body.dataset.view = id ? "conversation" : "list";
    this.#queue.markSelected(id);
    await this.#view.open(id);
  }

  #searchSoon() {
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.#search(), PAUSE);
  }

  async #search() {
    const text = byId("search").value.trim();
    this.#searched = text;
    if (!text) return this.#queue.renderFound(null, openId());
    try {
      const { rows } = await get(`search?q=${encodeURIComponent(text)}`);
      if (this.#searched === text) this.#queue.renderFound(rows, openId());
    } catch {
      if (this.#searched === text) notify(word("failed_step"));
    }
    return undefined;
  }

  #toList({ close = false } = {}) {
    const id = openId();
    if (close || getComputedStyle(byId("back")).display !== "none") {
      history.pushState(null, "", location.pathname);
      this.#show();
    }
    this.#queue.focus(id);
  }

  #changed(id) {
    if (id === this.#view.id) this.#view.refresh();
    this.#refreshQueue();
  }

  #refreshAll() {
    this.#view.refresh();
    this.#refreshQueue();
  }

  /** At once, but never more often than every 400 ms however much happens in town. */
  #refreshQueue() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetchQueue(), Math.max(0, this.#last + PAUSE - Date.now()));
  }

  async #fetchQueue() {
    this.#last = Date.now();
    try {
      const queue = await get("queue");
      if (!this.#searched) this.#queue.render(queue, openId());
      this.#alerts.look(queue);
    } catch (error) {
      if (error.code !== "offline") this.#timer = setTimeout(() => this.#fetchQueue(), RETRY);
    }
  }

  #showConnection(isLive) {
    byId("connection").dataset.live = String(isLive);
    setText(byId("connection-text"), word(isLive ? "connection_live" : "connection_lost"));
  }

  async #signOut() {
    try {
      await signOut();
    } catch (error) {
      return notify(word(error.code === "offline" ? "failed_step_offline" : "failed_step"));
    }
    clearAll();
    return location.assign("/console/sign-in");
  }
}

const openId = () => decodeURIComponent(location.hash.replace(/^#\/?/, "")) || null;

function press(id) {
  const button = byId(id);
  if (byId("open").hidden === false && !button.hidden && !button.disabled) button.click();
}

/** Editors have no conversations; until they have pages of their own they are told so. */
function showEditor() {
  for (const id of ["queue", "presence", "alerts", "connection"]) byId(id).hidden = true;
  setText(byId("blank").querySelector("p"), word("editor_only"));
  byId("sign-out").addEventListener("click", async () => {
    await signOut();
    location.assign("/console/sign-in");
  });
}

async function start() {
  try {
    const session = await get("session");
    setCsrfToken(session.csrf_token);
    setOwner(session.staff.id);
    setWords(session);
    const left = takeOpen();
    if (left && !openId()) history.replaceState(null, "", `#/${encodeURIComponent(left)}`);
    if (session.role === "editor") showEditor();
    else new Console(session);
  } catch (error) {
    if (error.status !== 401) setTimeout(start, RETRY);
  }
}

start();
