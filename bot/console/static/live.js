/** The event stream: says which conversation changed, notices silence, comes back by itself and has everything fetched anew. */

import { get, goToSignIn } from "./api.js";

const SILENCE = 40_000;
const LONGEST_PAUSE = 15_000;

export class Live {
  #source = null;
  #lastSign = 0;
  #pause = 1_000;
  #timer = 0;
  #handlers;

  /** `onReady` after each (re)connect, `onChange(id)`, `onState(isLive)`. */
  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("online", () => this.#connect());
    addEventListener("offline", () => this.#lose());
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#connect());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#handlers.onReady());
    setInterval(() => this.#checkSilence(), 5_000);
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#lastSign = Date.now();
    const source = new EventSource("/console/events");
    this.#source = source;
    source.addEventListener("ready", () => {
      this.#sign();
      this.#pause = 1_000;
      this.#handlers.onState(true);
      this.#handlers.onReady();
    });
    source.addEventListener("conversation", (event) => {
      this.#sign();
      this.#handlers.onChange(JSON.parse(event.data).id);
    });
    source.addEventListener("ping", () => this.#sign());
    source.addEventListener("signed_out", goToSignIn);
    source.onerror = () => this.#source === source && this.#lose();
  }

  #sign() {
    this.#lastSign = Date.now();
  }

  #lose() {
    this.#source?.close();
    this.#handlers.onState(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#retry(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** An ended session shows itself as 401 here; EventSource would not tell. */
  async #retry() {
    try {
      await get("session");
      this.#connect();
    } catch {
      this.#lose();
    }
  }

  #checkSilence() {
    if (Date.now() - this.#lastSign > SILENCE && this.#source?.readyState === EventSource.OPEN) this.#lose();
  }
}
