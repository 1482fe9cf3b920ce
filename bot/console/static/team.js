/** Who is there: the member's own switch, a sign of life every half minute, and alerts for whoever looks elsewhere. */

import { post } from "./api.js";
import { byId, notify, setText } from "./dom.js";
import { topicOf } from "./queue.js";
import { word } from "./words.js";

const HEARTBEAT = 30_000;
const ALERTS = "rathausbote.alerts";
const LATEST_SOUND = 1_000;

export class Presence {
  #isAway;
  #button = byId("presence");
  colleagues;

  constructor(session) {
    this.#isAway = session.is_away;
    this.colleagues = session.colleagues;
    this.#button.addEventListener("click", () => this.#say(!this.#isAway));
    this.#button.title = word("presence_hint");
    this.#render();
    this.#say();
    setInterval(() => this.#say(), HEARTBEAT);
  }

  async #say(isAway) {
    try {
      const answer = await post("presence", isAway === undefined ? {} : { is_away: isAway });
      this.#isAway = answer.is_away;
      this.colleagues = answer.colleagues;
      this.#render();
    } catch {
      /* the next sign of life comes soon */
    }
  }

  #render() {
    setText(this.#button, word(this.#isAway ? "presence_away" : "presence_here"));
    this.#button.setAttribute("aria-pressed", String(!this.#isAway));
    this.#button.dataset.away = String(this.#isAway);
  }
}

export class Alerts {
  #button = byId("alerts");
  #isOn = localStorage.getItem(ALERTS) === "on";
  #known = null;

  constructor() {
    this.#button.addEventListener("click", () => this.#toggle());
    this.#render();
  }

  /** Something new for this member since the last look: a sound, and where the page is out of sight a notification. */
  look(queue) {
    const own = queue.waiting.filter((entry) => entry.is_own_team);
    const asking = [...own.map((entry) => [`w${entry.id}`, entry, "alert_waiting"])];
    for (const entry of queue.mine) if (entry.unread) asking.push([`m${entry.id}:${entry.unread}`, entry, "alert_message"]);
    const fresh = this.#known ? asking.filter(([key]) => !this.#known.has(key)) : [];
    this.#known = new Set(asking.map(([key]) => key));
    if (!this.#isOn || fresh.length === 0) return;
    beep();
    if (document.hidden && globalThis.Notification?.permission === "granted") {
      const [, entry, key] = fresh[0];
      showNotification(entry, word(key, { topic: topicOf(entry) }));
    }
  }

  async #toggle() {
    this.#isOn = !this.#isOn;
    localStorage.setItem(ALERTS, this.#isOn ? "on" : "off");
    if (this.#isOn && globalThis.Notification?.permission === "default") await Notification.requestPermission();
    if (this.#isOn) beep();
    this.#render();
    notify(word(this.#isOn ? "alerts_on" : "alerts_off"));
  }

  #render() {
    this.#button.setAttribute("aria-pressed", String(this.#isOn));
  }
}

/** Never a word of the citizen: it lies on the screen for everybody to read. */
function showNotification(entry, body) {
  const notification = new Notification(word("brand"), { body, tag: "rathausbote", icon: "/console/static/icon.svg" });
  notification.addEventListener("click", () => {
    focus();
    location.hash = `#/${encodeURIComponent(entry.id)}`;
    notification.close();
  });
}

let sound = null;

/** Two short quiet tones. A browser that allows no sound before the first click stays silent, and makes up for none later. */
async function beep() {
  const asked = Date.now();
  try {
    sound ??= new AudioContext();
    await sound.resume();
    if (Date.now() - asked < LATEST_SOUND) play(sound);
  } catch {
    /* no sound */
  }
}

function play(context) {
  [0, 0.16].forEach((start, number) => {
    const at = context.currentTime + start;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = number ? 880 : 660;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.15);
  });
}
