/*
 * Rathausbote chat widget. Embed it with one tag:
 *   <script src="https://bot.example/widget.js" defer data-language="de"></script>
 *
 * Reading order: settings, browser helpers, API, conversation (network and state, no DOM),
 * messages and log, composer, ticket (its card, and the way back to it), widget (puts the parts together). Attributes: docs/widget.md.
 */
(() => {
	"use strict";

	const script = document.currentScript ?? document.querySelector('script[src$="/widget.js"]');
	const TAG = "rathausbote-widget";
	if (!script || !("adoptedStyleSheets" in Document.prototype) || document.querySelector(TAG)) return;

	// --- settings

	const API_BASE = new URL("api/v1/", script.src);
	const LANGUAGES = ["de", "en", "tr", "ru", "uk", "ar", "pl", "fr"];
	const DEFAULT_ACCENT = "#0b4f71";
	const DEFAULT_MAX_LENGTH = 4000;
	const COUNTER_FROM = 0.85;
	const REQUEST_TIMEOUT_MS = 15_000;
	const SILENCE_MS = 35_000;
	const STABLE_MS = 5_000;
	const FIRST_RETRY_MS = 1_000;
	const LONGEST_RETRY_MS = 30_000;
	const FAILURES_UNTIL_VISIBLE = 3;
	const TYPING_EXPIRES_MS = 30_000;
	const TYPING_EVERY_MS = 4_000;
	const NOTICE_MS = 8_000;
	const SAME_ANSWER_MS = 2_000;
	const HUSH_MS = 200;
	const LOW_VIEW = 500;
	const SHEET = "(max-width: 480px), (max-height: 480px)";

	// Only what must be readable before the API has delivered the words (data/widget.yml).
	const FIRST_WORDS = {
		de: {
			launcher_label: "Frage ans Rathaus",
			open_chat: "Chat öffnen",
			close: "Chat schließen",
			loading: "Der Chat wird geladen …",
			unavailable: "Der Chat ist gerade nicht erreichbar.",
			try_again: "Erneut versuchen",
		},
		en: {
			launcher_label: "Ask the town hall",
			open_chat: "Open chat",
			close: "Close chat",
			loading: "Loading the chat …",
			unavailable: "The chat cannot be reached right now.",
			try_again: "Try again",
		},
	};

	// --- browser helpers

	const SVG = "http://www.w3.org/2000/svg";
	const ICONS = {
		townHall:
			"M12 1.8 14.6 5v3.6H20a1 1 0 0 1 1 1V20h1v1.6H2V20h1V9.6a1 1 0 0 1 1-1h5.4V5zM12 5.6a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z" +
			"M5.4 11.6v3h1.8v-3zM16.8 11.6v3h1.8v-3zM10.2 20h3.6v-5a1.8 1.8 0 0 0-3.6 0z",
		chat:
			"M5 3h14a3 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-6.2l-4.6 3.7A.75.75 0 0 1 7 21.1V18H5a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z" +
			"M7 9.4a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zM12 9.4a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z" +
			"M17 9.4a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z",
		close: "M5.3 6.7 6.7 5.3 12 10.6l5.3-5.3 1.4 1.4L13.4 12l5.3 5.3-1.4 1.4L12 13.4l-5.3 5.3-1.4-1.4L10.6 12z",
		compose:
			"M4 6a2 2 0 0 1 2-2h7v2H6v12h12v-7h2v7a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z" +
			"M18.3 2.9a1 1 0 0 1 1.4 0l1.4 1.4a1 1 0 0 1 0 1.4L13.5 13.3l-3.6.8.8-3.6z",
		more: "M12 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM12 16a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
		save: "M11 3h2v8.2l3.3-3.3 1.4 1.4-5.7 5.7-5.7-5.7 1.4-1.4 3.3 3.3zM4 16h2v3h12v-3h2v3a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z",
		ticket:
			"M4 5h16a1 1 0 0 1 1 1v4a2 2 0 0 0 0 4v4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-4a2 2 0 0 0 0-4V6a1 1 0 0 1 1-1zM8 9v2h8V9zM8 13v2h5v-2z",
		copy: "M9 3h9a2 2 0 0 1 2 2v11h-2V5H9zM6 7h8a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM6 9v10h8V9z",
		send: "M3.4 20.4 21.5 12 3.4 3.6 3.4 10.2 15 12 3.4 13.8z",
		down: "M11 4h2v12.2l4.6-4.6 1.4 1.4-7 7-7-7 1.4-1.4 4.6 4.6z",
		external: "M14 4h6v6h-2V7.4l-7.3 7.3-1.4-1.4L16.6 6H14zM5 6h5v2H6v10h10v-4h2v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z",
		check: "m9.6 17.6-5.3-5.3 1.4-1.4 3.9 3.9 8.7-8.7 1.4 1.4z",
	};

	function icon(name) {
		const svg = document.createElementNS(SVG, "svg");
		const path = document.createElementNS(SVG, "path");
		for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true" })) {
			svg.setAttribute(key, value);
		}
		path.setAttribute("d", ICONS[name]);
		path.setAttribute("fill-rule", "evenodd");
		svg.append(path);
		return svg;
	}

	function element(tag, attributes = {}, ...children) {
		const node = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes)) {
			if (typeof value === "function") node.addEventListener(name, value);
			else if (value === true) node.setAttribute(name, "");
			else if (value !== false && value != null) node.setAttribute(name, value);
		}
		node.append(...children.filter((child) => child != null));
		return node;
	}

	function button(className, click, ...children) {
		return element("button", { type: "button", class: className, click }, ...children);
	}

	function setLabel(button, label) {
		button.setAttribute("aria-label", label);
		button.title = label;
	}

	function safeUrl(text) {
		try {
			const url = new URL(text);
			return ["http:", "https:"].includes(url.protocol) ? url.href : null;
		} catch {
			return null;
		}
	}

	/** Copies where the clipboard's own interface is missing or forbidden: it needs HTTPS. */
	function copyThroughField(text, place) {
		const field = element("textarea", { class: "unseen", readonly: true });
		field.value = text;
		place.append(field);
		field.select();
		const isCopied = document.execCommand("copy");
		field.remove();
		return isCopied;
	}

	function newId() {
		return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
	}

	function backoff(attempt) {
		const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, attempt - 1));
		return longest * (0.5 + Math.random() / 2);
	}

	/** A pause that `wake` ends early, for instance when the network is back. */
	class Pause {
		wait(milliseconds) {
			return new Promise((resolve) => {
				const timer = setTimeout(resolve, milliseconds);
				this.wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}

		wake() {}
	}

	/** What survives a reload: kept in sessionStorage, or in memory where the browser forbids that. */
	class Session {
		constructor() {
			this.key = `rathausbote:${API_BASE.href}`;
			this.data = this.read();
		}

		read() {
			try {
				return JSON.parse(sessionStorage.getItem(this.key)) ?? {};
			} catch {
				return {};
			}
		}

		set(changes) {
			Object.assign(this.data, changes);
			try {
				sessionStorage.setItem(this.key, JSON.stringify(this.data));
			} catch {
				// Without storage the conversation lasts as long as the page.
			}
		}
	}

	// --- colours

	const mix = (colour, other, share) => colour.map((value, index) => Math.round(value + (other[index] - value) * share));
	const toHex = (colour) => `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
	const WHITE = [255, 255, 255];
	const BLACK = [0, 0, 0];
	const NIGHT = [24, 36, 44];

	function parseHex(text) {
		const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? "");
		return digits ? digits.slice(1).map((pair) => parseInt(pair, 16)) : null;
	}

	function luminance(colour) {
		const [red, green, blue] = colour.map((value) => {
			const share = value / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	}

	function contrast(one, other) {
		const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
		return (bright + 0.05) / (dark + 0.05);
	}

	/** The town's colour, moved towards `goal` until text on `ground` is readable (WCAG AA with some reserve). */
	function readable(colour, ground, goal) {
		let share = 0;
		while (share < 1 && contrast(mix(colour, goal, share), ground) < 5.2) share += 0.04;
		return mix(colour, goal, Math.min(share, 1));
	}

	function palette(accentText, theme) {
		const accent = readable(parseHex(accentText) ?? parseHex(DEFAULT_ACCENT), WHITE, BLACK);
		const dark = theme === "dark";
		const bright = accent.map((value) => Math.round((value * 215) / Math.max(...accent, 1)));
		return {
			"--accent": toHex(accent),
			"--accent-strong": toHex(mix(accent, BLACK, 0.2)),
			"--accent-text": toHex(dark ? readable(bright, NIGHT, WHITE) : accent),
			"--accent-soft": toHex(dark ? mix(accent, NIGHT, 0.72) : mix(accent, WHITE, 0.92)),
			"--accent-line": toHex(dark ? mix(accent, WHITE, 0.25) : mix(accent, WHITE, 0.55)),
		};
	}

	// --- API

	class ApiError extends Error {
		constructor(status, retryAfter) {
			super(`HTTP ${status}`);
			this.status = status;
			this.retryAfterMs = Number(retryAfter) > 0 ? Number(retryAfter) * 1000 : null;
		}

		get isGone() {
			return this.status === 401 || this.status === 404;
		}

		get isFinal() {
			return this.status >= 400 && this.status < 500 && !this.isGone && ![408, 425, 429].includes(this.status);
		}
	}

	async function request(path, { method = "GET", token, body, headers = {}, signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS) } = {}) {
		if (token) headers.Authorization = `Bearer ${token}`;
		if (body) headers["Content-Type"] = "application/json";
		const options = { method, headers, signal, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store" };
		const response = await fetch(new URL(path, API_BASE), options);
		if (!response.ok) throw new ApiError(response.status, response.headers.get("Retry-After"));
		return response;
	}

	async function requestJson(path, options) {
		return (await request(path, options)).json();
	}

	const api = {
		describe: (language) => requestJson(`widget?lang=${language}`),
		start: (language) => requestJson("conversations", { method: "POST", body: { language } }),
		reopen: (ticket, code) => requestJson("conversations/reopen", { method: "POST", body: { ticket, access_code: code } }),
		send: ({ id, token }, body) => requestJson(`conversations/${id}/messages`, { method: "POST", token, body }),
		typing: ({ id, token }, isTyping) => request(`conversations/${id}/typing`, { method: "POST", token, body: { is_typing: isTyping } }),
		transcript: async ({ id, token }) => (await request(`conversations/${id}/transcript?format=txt`, { token })).blob(),
		messages: ({ id, token }, after) => requestJson(`conversations/${id}/messages?after=${after}`, { token }),
		events: ({ id, token }, after, signal) =>
			request(`conversations/${id}/events`, {
				token,
				signal,
				headers: { Accept: "text/event-stream", "Last-Event-ID": String(after) },
			}),
	};

	function parseEvent(block) {
		const event = { type: "message", data: "" };
		for (const line of block.split("\n")) {
			const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
			if (field === "event") event.type = value;
			if (field === "data") event.data += value;
		}
		return event.data ? { type: event.type, data: JSON.parse(event.data) } : null;
	}

	async function* readEvents(stream, onBytes) {
		const reader = stream.getReader();
		const decoder = new TextDecoder();
		let buffer = "";
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			onBytes();
			buffer = (buffer + decoder.decode(value, { stream: true })).replaceAll("\r", "");
			const blocks = buffer.split("\n\n");
			buffer = blocks.pop();
			yield* blocks.map(parseEvent).filter(Boolean);
		}
	}

	// --- conversation

	/**
	 * Keeps the conversation with the server: starts or resumes it, sends what waits in the outbox,
	 * listens for events and reconnects. Tells `listener` what changed; knows nothing of the DOM.
	 *
	 * An entry is a message with its state: sending, failed (still retried), accepted (the server has it),
	 * rejected (the server refused it) or received (numbered by the server).
	 */
	class Conversation {
		constructor(session, listener) {
			this.session = session;
			this.listener = listener;
			this.streamPause = new Pause();
			this.sendPause = new Pause();
			this.running = false;
			this.generation = 0;
			this.forgetMessages();
			this.outbox = (session.data.outbox ?? []).map((body) => this.pendingEntry(body));
		}

		get credentials() {
			const { id, token } = this.session.data;
			return id ? { id, token } : null;
		}

		get hasCitizenMessages() {
			return this.entries.some((entry) => entry.message.author === "citizen") || this.outbox.length > 0;
		}

		get isWithPeople() {
			return ["waiting", "live", "snoozed"].includes(this.session.data.status);
		}

		isCurrent(access) {
			return this.credentials?.token === access.token;
		}

		forgetMessages() {
			this.entries = [];
			this.lastSeq = 0;
			this.loaded = false;
		}

		start() {
			if (this.running) return;
			this.running = true;
			this.run();
			this.flush();
		}

		/** Try at once instead of waiting for the next attempt. */
		wake() {
			this.streamPause.wake();
			this.sendPause.wake();
		}

		cutStream() {
			this.stream?.abort();
		}

		reconnect() {
			this.skipsPause = true;
			this.cutStream();
			this.wake();
		}

		/** Leave the conversation behind and begin another one. */
		restart() {
			this.outbox = [];
			this.abandon();
			this.listener.restarted();
		}

		/** Leave the conversation behind and go on with an earlier one. */
		switchTo(access) {
			this.outbox = [];
			this.abandon(access);
			this.listener.reopened();
		}

		/** The server no longer knows the conversation: go on in a new one, with everything that is still unsent. */
		renew(access) {
			if (!this.isCurrent(access)) return;
			const isDone = (entry) => entry.state === "accepted";
			this.outbox.filter(isDone).forEach((entry) => (entry.state = "received"));
			this.outbox = this.outbox.filter((entry) => entry.state !== "received");
			this.outbox.forEach((entry) => (entry.body.button = null));
			this.listener.renewed();
			this.abandon();
		}

		abandon({ id, token } = { id: null, token: null }) {
			this.generation += 1;
			this.starting = null;
			this.isFresh = false;
			this.forgetMessages();
			this.session.set({ id, token, status: null, readSeq: 0 });
			this.saveOutbox();
			this.listener.statusChanged({ status: "bot" });
			this.reconnect();
		}

		async access() {
			this.starting ??= this.credentials ? null : this.begin();
			return this.credentials ?? this.starting;
		}

		async begin() {
			const { generation } = this;
			try {
				const { id, token } = await api.start(this.session.data.language);
				if (generation !== this.generation) return this.access();
				this.isFresh = true;
				this.session.set({ id, token });
				return { id, token };
			} finally {
				if (generation === this.generation) this.starting = null;
			}
		}

		async run() {
			let failures = 0;
			for (;;) {
				const startedAt = performance.now();
				const error = await this.connectOnce();
				failures = performance.now() - startedAt > STABLE_MS ? 1 : failures + 1;
				if (failures > 1 && !this.skipsPause) this.listener.connectionChanged(false);
				this.listener.typingChanged(null);
				if (!this.skipsPause) await this.streamPause.wait(error?.retryAfterMs ?? backoff(failures));
				this.skipsPause = false;
			}
		}

		async connectOnce() {
			let access = null;
			try {
				access = await this.access();
				if (!this.loaded) await this.loadHistory(access);
				if (this.isCurrent(access)) await this.listen(access);
				return null;
			} catch (error) {
				if (error.isGone && access) this.renew(access);
				return error;
			}
		}

		async loadHistory(access) {
			const { messages, status } = await api.messages(access, 0);
			if (!this.isCurrent(access)) return;
			this.loaded = true;
			messages.forEach((message) => this.accept(message, !this.isFresh));
			this.isFresh = false;
			this.changeStatus(status);
			this.listener.historyLoaded();
		}

		async listen(access) {
			const stream = (this.stream = new AbortController());
			let watchdog = null;
			const feedWatchdog = () => {
				clearTimeout(watchdog);
				watchdog = setTimeout(() => stream.abort(), SILENCE_MS);
			};
			try {
				feedWatchdog();
				const response = await api.events(access, this.lastSeq, stream.signal);
				this.listener.connectionChanged(true);
				this.sendPause.wake();
				for await (const event of readEvents(response.body, feedWatchdog)) await this.handle(event, access);
			} finally {
				clearTimeout(watchdog);
				stream.abort();
			}
		}

		async handle({ type, data }, access) {
			if (!this.isCurrent(access)) return;
			if (type === "message") await this.receive(data, access);
			if (type === "status") this.changeStatus(data);
			if (type === "typing") this.listener.typingChanged(data.active ? data.author : null);
		}

		/** A number that is missing in between is fetched first; a failure there ends the stream, which then replays. */
		async receive(message, access) {
			const { messages } = message.seq > this.lastSeq + 1 ? await api.messages(access, this.lastSeq) : { messages: [] };
			if (this.isCurrent(access)) [...messages, message].forEach((each) => this.accept(each));
		}

		accept(message, isHistory = false) {
			if (message.seq <= this.lastSeq) return;
			this.lastSeq = message.seq;
			const id = message.client_message_id;
			const mine = id && this.outbox.find((entry) => entry.body.client_message_id === id);
			const entry = Object.assign(mine || {}, { message, state: "received" });
			this.entries.push(entry);
			this.outbox = this.outbox.filter((other) => other !== mine);
			this.saveOutbox();
			if (mine) this.listener.entryChanged(entry);
			else this.listener.entryAdded(entry, isHistory);
		}

		changeStatus(status) {
			this.session.set({ status: status.status });
			this.listener.statusChanged(status);
		}

		/** Lets staff see that the citizen writes; said again every few seconds, and nothing depends on its arrival. */
		noteTyping(isTyping) {
			const now = performance.now();
			const isKnown = isTyping ? now - this.typedAt < TYPING_EVERY_MS : !this.typedAt;
			if (isKnown || !this.isWithPeople || !this.credentials) return;
			this.typedAt = isTyping ? now : null;
			api.typing(this.credentials, isTyping).catch(() => {});
		}

		// Sending: one message at a time and in order, each until the server has accepted it.

		send(text, pressed = null) {
			const entry = this.pendingEntry({ client_message_id: newId(), text, button: pressed });
			this.outbox.push(entry);
			this.saveOutbox();
			this.listener.entryAdded(entry, false);
			this.flush();
		}

		pendingEntry(body) {
			const message = { author: "citizen", text: body.text, created_at: new Date().toISOString() };
			return { body, message, state: "sending", failures: 0 };
		}

		get unsent() {
			return this.outbox.filter(({ state }) => state === "sending" || state === "failed");
		}

		saveOutbox() {
			this.session.set({ outbox: this.unsent.map((entry) => entry.body) });
		}

		async flush() {
			if (this.flushing || !this.running) return;
			this.flushing = true;
			while (this.unsent.length) {
				const delay = await this.trySend(this.unsent[0]);
				if (delay) await this.sendPause.wait(delay);
			}
			this.flushing = false;
		}

		/** Returns how many milliseconds to wait before the next attempt. */
		async trySend(entry) {
			let access = null;
			try {
				access = await this.access();
				await api.send(access, entry.body);
				if (this.outbox.includes(entry)) this.change(entry, "accepted");
				return 0;
			} catch (error) {
				return this.noteFailure(entry, error, access);
			}
		}

		noteFailure(entry, error, access) {
			if (!this.outbox.includes(entry)) return 0;
			if (error.isFinal && access) {
				this.outbox = this.outbox.filter((other) => other !== entry);
				this.change(entry, "rejected");
				return 0;
			}
			entry.failures += 1;
			this.change(entry, entry.failures < FAILURES_UNTIL_VISIBLE ? "sending" : "failed");
			if (error.isGone && access) this.renew(access);
			return error.isGone && entry.failures === 1 ? 0 : error.retryAfterMs ?? backoff(entry.failures);
		}

		change(entry, state) {
			entry.state = state;
			this.saveOutbox();
			this.listener.entryChanged(entry);
		}
	}

	// --- messages

	const URL_PATTERN = /https?:\/\/[^\s<>"']+/g;

	/** The words of one language; `word` fills in the {braces}. */
	class Words {
		constructor(language, texts = FIRST_WORDS[language], town = "") {
			this.language = language;
			this.town = town;
			this.texts = texts;
			this.locale = language === "en" ? "en-GB" : "de-DE";
		}

		word(key, values = {}) {
			return (this.texts[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
		}

		hint(key, gap = "") {
			return element("span", { class: "unseen", lang: this.language }, gap + this.word(key));
		}

		date(isoDate) {
			const format = this.language === "en" ? { day: "numeric", month: "short" } : { day: "2-digit", month: "2-digit" };
			return new Date(isoDate).toLocaleDateString(this.locale, { ...format, year: "numeric", timeZone: "UTC" });
		}

		moment(isoTime) {
			const at = new Date(isoTime);
			const time = at.toLocaleTimeString(this.locale, { hour: "2-digit", minute: "2-digit" });
			if (at.toDateString() === new Date().toDateString()) return time;
			return `${at.toLocaleDateString(this.locale, { day: "2-digit", month: "2-digit" })} ${time}`;
		}

		typing(author, name) {
			if (author !== "staff") return this.word("typing");
			return name ? this.word("typing_staff", { name }) : this.word("typing_staff_unnamed");
		}

		author({ author, author_name: name }) {
			if (author !== "staff") return this.word(`author_${author}`);
			return this.word(name ? "author_staff" : "author_staff_unnamed", { name, town: this.town });
		}
	}

	function link(url, title, words, className) {
		return element("a", { class: className, dir: "auto", href: url, target: "_blank", rel: "noopener noreferrer" }, title, words.hint("opens_new_tab", " "));
	}

	function inlineNodes(text, words) {
		const nodes = [];
		let position = 0;
		for (const match of text.matchAll(URL_PATTERN)) {
			const address = match[0].replace(/[.,;:!?)\]]+$/, "");
			if (!safeUrl(address)) continue;
			nodes.push(text.slice(position, match.index), link(safeUrl(address), address.replace(/^https?:\/\//, ""), words));
			position = match.index + address.length;
		}
		return [...nodes, text.slice(position)];
	}

	/** Plain text to paragraphs and lists; nothing in it is ever read as markup. */
	function textBlocks(text, words) {
		const blocks = [];
		for (const line of text.split("\n")) {
			const bullet = /^\s*[-•] +(.*)$/.exec(line);
			const wanted = bullet ? "UL" : "P";
			let last = blocks.at(-1);
			if (!line.trim()) blocks.push(null);
			else if (last?.tagName !== wanted) blocks.push((last = element(wanted)));
			if (!line.trim()) continue;
			if (bullet) last.append(element("li", {}, ...inlineNodes(bullet[1], words)));
			else last.append(...(last.hasChildNodes() ? [element("br")] : []), ...inlineNodes(line, words));
		}
		return blocks.filter(Boolean);
	}

	function sourceLine({ source_title: title, source_url: url, reviewed_on: reviewed }, words) {
		if (!title && !url && !reviewed) return null;
		const address = url && safeUrl(url);
		const line = element("p", { class: "source", lang: words.language });
		if (address) line.append(`${words.word("source")} `, link(address, title || new URL(address).host, words));
		else if (title) line.append(`${words.word("source")} ${title}`);
		if (reviewed && (address || title)) line.append(" · ");
		if (reviewed) line.append(element("time", { datetime: reviewed }, words.word("reviewed", { date: words.date(reviewed) })));
		return line;
	}

	function linkButtons({ links = [], language: lang }, words) {
		const usable = links.filter(({ url }) => safeUrl(url));
		if (!usable.length) return null;
		const anchors = usable.map(({ title, url }) => {
			const anchor = link(safeUrl(url), title, words, "link-button");
			anchor.append(icon("external"));
			return anchor;
		});
		return element("div", { class: "links", lang }, ...anchors);
	}

	function quickReplies({ buttons = [], purpose, seq, language: lang }, words, onQuickReply) {
		if (!buttons.length) return null;
		const replies = buttons.map(({ title }, index) =>
			element("button", { type: "button", class: "quick-reply", dir: "auto", lang, click: () => onQuickReply(title, { seq, index }) }, title),
		);
		const isScale = purpose === "rating";
		const name = { class: isScale ? "quick-replies scale" : "quick-replies", "aria-label": words.word(isScale ? "rating" : "quick_replies") };
		return element("div", { ...name, role: "group", dir: lang === "ar" && "rtl" }, ...replies);
	}

	function avatar({ author, author_name: name }) {
		if (author === "bot") return element("span", { class: "avatar" }, icon("townHall"));
		if (author !== "staff") return null;
		const parts = (name ?? "").split(/\s+/).filter((part) => /^\p{L}/u.test(part));
		const initials = [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => part?.[0] ?? "").join("");
		return element("span", { class: "avatar", "aria-hidden": "true" }, initials || icon("townHall"));
	}

	function deliveryNote(entry, words, onRetry) {
		if (entry.state === "failed") {
			return button("delivery retry", onRetry, words.word("failed"));
		}
		if (entry.state === "rejected") return element("p", { class: "delivery rejected" }, words.word("rejected"));
		return entry.state === "sending" && entry.failures ? element("p", { class: "delivery" }, words.word("sending")) : null;
	}

	function messageNode(entry, words, { onQuickReply, onRetry }) {
		const { message } = entry;
		const byline = element(
			"p",
			{ class: "byline" },
			avatar(message),
			element("span", { class: "author" }, words.author(message)),
			element("time", { datetime: message.created_at }, words.moment(message.created_at)),
		);
		const bubble = element("div", { class: "bubble", dir: "auto", lang: message.language }, ...textBlocks(message.text, words), sourceLine(message, words));
		return element(
			"div",
			{ class: "message", "data-author": message.author, "data-state": entry.state, "data-seq": message.seq },
			byline,
			bubble,
			linkButtons(message, words),
			quickReplies(message, words, onQuickReply),
			deliveryNote(entry, words, onRetry),
		);
	}

	/** The scrolling list of messages. Its live region is off while history or another language is drawn. */
	class Log {
		constructor(handlers) {
			this.handlers = handlers;
			this.list = element("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" });
			this.typing = element("div", { class: "typing", "aria-hidden": "true", hidden: true });
			this.list.append(this.typing);
			this.pillText = element("span");
			this.pill = button("pill", () => this.showFirstUnseen(), this.pillText, icon("down"));
			this.node = element("div", { class: "log-frame" }, this.list, this.pill);
			this.items = [];
			this.list.addEventListener("scroll", () => this.noteScroll(), { passive: true });
			new ResizeObserver(() => this.atBottom && this.scrollTo(Infinity)).observe(this.list);
			this.clear();
		}

		clear() {
			this.items.forEach(({ node }) => node.remove());
			this.items = [];
			this.unseen = [];
			this.atBottom = true;
			this.answerStart = null;
			this.pill.hidden = true;
		}

		hush() {
			this.list.setAttribute("aria-live", "off");
			clearTimeout(this.hushed);
			this.hushed = setTimeout(() => this.list.setAttribute("aria-live", "polite"), HUSH_MS);
		}

		translate(words) {
			if (this.items.length) this.hush();
			this.words = words;
			this.list.setAttribute("aria-label", words.word("conversation_log"));
			this.items.forEach((item) => this.draw(item));
			this.refreshQuickReplies();
			this.refreshPill();
		}

		draw(item) {
			const node = item.entry
				? messageNode(item.entry, this.words, this.handlers)
				: element("p", { class: "divider" }, this.words.word(item.noticeKey));
			item.node?.replaceWith(node);
			item.node = node;
			return node;
		}

		/** What the server has not numbered yet stays at the end. */
		place(item) {
			const isWaiting = ({ entry }) => ["sending", "failed", "accepted"].includes(entry?.state);
			const waiting = this.items.findIndex(isWaiting);
			const index = waiting < 0 || isWaiting(item) ? this.items.length : waiting;
			this.list.insertBefore(this.draw(item), this.items[index]?.node ?? this.typing);
			this.items.splice(index, 0, item);
			this.refreshQuickReplies();
		}

		add(entry, isHistory) {
			const wasAtBottom = this.isAtBottom();
			const item = { entry };
			if (isHistory) this.hush();
			this.place(item);
			if (isHistory) return;
			item.node.classList.add("arriving");
			if (entry.message.author === "citizen") this.showOwn();
			else this.showArrival(item, wasAtBottom);
		}

		/** The messages so far belong to a conversation that is over. */
		archive(noticeKey) {
			this.items.forEach((item) => (item.isArchived = item.entry?.state === "received"));
			this.place({ noticeKey });
			this.showOwn();
		}

		update(entry) {
			const item = this.items.find((other) => other.entry === entry);
			if (!item) return;
			const focused = item.node.contains(item.node.getRootNode().activeElement);
			const fresh = messageNode(entry, this.words, this.handlers);
			Object.assign(item.node.dataset, fresh.dataset);
			this.updateTime(item.node, fresh);
			for (const part of [".bubble", ".delivery"]) {
				const [before, after] = [item.node, fresh].map((node) => node.querySelector(part));
				if (before?.textContent === after?.textContent) continue;
				if (before) before.replaceWith(after ?? "");
				else item.node.append(after);
			}
			if (focused) this.list.focus({ preventScroll: true });
			this.refreshQuickReplies();
			if (this.isAtBottom()) this.scrollTo(Infinity);
		}

		/** From the device's clock to the server's; nothing is added, so nothing is read out. */
		updateTime(...nodes) {
			const [shown, fresh] = nodes.map((node) => node.querySelector(".byline time"));
			shown.dateTime = fresh.dateTime;
			shown.firstChild.data = fresh.textContent;
		}

		/**
		 * Quick replies answer one question: once the citizen has answered, they remain as history. The way back to the
		 * bot holds as long as the citizen waits, whatever they have written meanwhile.
		 */
		refreshQuickReplies() {
			this.items.forEach((item, index) => {
				const buttons = item.node.querySelectorAll(".quick-reply");
				if (!buttons.length) return;
				const { message } = item.entry;
				const isLater = ({ seq }, place) => (seq ? seq > message.seq : place > index);
				const replies = this.items.filter(({ entry }, place) => entry?.message.author === "citizen" && isLater(entry.message, place));
				const isHolding = message.purpose === "waiting";
				buttons.forEach((button, position) => {
					const isAnswer = ({ entry }) => entry.message.text === message.buttons[position].title;
					const isChosen = isHolding ? replies.some(isAnswer) : replies.slice(0, 1).some(isAnswer);
					button.disabled = item.isArchived === true || (isHolding ? !this.isWaiting || isChosen : replies.length > 0);
					if (isChosen && !button.dataset.chosen) this.markChosen(button);
				});
			});
		}

		markChosen(button) {
			button.dataset.chosen = "true";
			button.prepend(icon("check"));
			button.append(this.words.hint("chosen"));
		}

		setWaiting(isWaiting) {
			if (isWaiting === this.isWaiting) return;
			this.isWaiting = isWaiting;
			this.refreshQuickReplies();
		}

		/** The button that leads back to the bot, as long as it can be pressed. */
		get wayBack() {
			const item = this.items.filter(({ entry }) => entry?.message.purpose === "waiting").at(-1);
			const button = item?.node.querySelector(".quick-reply");
			return button && !button.disabled ? button : null;
		}

		isShowingTyping(author) {
			return this.typing.dataset.author === author;
		}

		setTyping(author, assignee) {
			const wasAtBottom = this.isAtBottom();
			this.typing.hidden = !author;
			this.typing.dataset.author = author ?? "";
			if (author) {
				const dots = element("span", { class: "dots" }, element("i"), element("i"), element("i"));
				const by = element("p", { class: "byline" }, avatar({ author, author_name: assignee }), this.words.typing(author, assignee));
				this.typing.replaceChildren(by, element("div", { class: "bubble" }, dots));
			}
			if (wasAtBottom) this.scrollTo(Infinity);
		}

		// Scrolling: an answer is shown from its start, and nothing moves while the citizen reads further up. Of an answer
		// in several messages the first is at the top; what does not fit below it is named by the pill.

		get maxScroll() {
			return this.list.scrollHeight - this.list.clientHeight;
		}

		scrollTo(top) {
			this.list.scrollTop = Math.min(this.maxScroll, top);
			this.restingTop = this.list.scrollTop;
			this.noteScroll();
		}

		scrollToStart({ node }) {
			this.scrollTo(node.offsetTop - 12);
		}

		noteScroll() {
			if (!this.list.clientHeight) return;
			this.knownTop = this.list.scrollTop;
			this.atBottom = this.maxScroll - this.knownTop < 16;
			this.refreshPill();
		}

		/** Also where the citizen has just scrolled, which the browser reports only with the next frame. */
		isAtBottom() {
			if (this.list.scrollTop !== this.knownTop) this.noteScroll();
			return this.atBottom;
		}

		showOwn() {
			this.answerStart = null;
			this.scrollTo(Infinity);
		}

		showArrival(item, wasAtBottom) {
			const now = performance.now();
			const isUnmoved = this.list.scrollTop === this.restingTop;
			const belongsTogether = this.answerStart && isUnmoved && now - this.arrivedAt < SAME_ANSWER_MS;
			if (!belongsTogether) this.answerStart = item;
			this.arrivedAt = now;
			this.unseen.push(item);
			if (wasAtBottom || belongsTogether) this.scrollToStart(this.answerStart);
			this.refreshPill();
		}

		refreshPill() {
			if (!this.list.clientHeight) return;
			this.unseen = this.unseen.filter(({ node }) => this.isBelow(node));
			this.pill.hidden = this.unseen.length === 0;
			this.pillText.replaceChildren(...this.describeUnseen());
			this.node.dataset.more = String(!this.atBottom);
		}

		/** Not seen to its end, with its buttons; one that is higher than the view not even begun. */
		isBelow({ offsetTop: top, offsetHeight: height }) {
			const bottom = this.list.scrollTop + this.list.clientHeight;
			return height > this.list.clientHeight - 32 ? top > bottom - 40 : top + height > bottom + 4;
		}

		describeUnseen() {
			const [first, ...others] = this.unseen;
			if (!first) return [];
			if (others.length) return [this.words.word("messages_below", { count: this.unseen.length })];
			const { text, language: lang } = first.entry.message;
			return [element("span", {}, this.words.word("message_below")), " ", element("bdi", { lang }, text.trim().split("\n")[0].slice(0, 80))];
		}

		showFirstUnseen() {
			if (this.unseen[0]) this.scrollToStart(this.unseen[0]);
			this.list.focus({ preventScroll: true });
		}

		/** After history was drawn or the panel was opened: the latest answer from its start. */
		showLatest() {
			const latest = this.items.filter((item) => item.entry).at(-1);
			if (!latest) return;
			if (this.unseen.length) this.scrollToStart(this.unseen[0]);
			else if (latest.entry.message.author === "citizen") this.scrollTo(Infinity);
			else this.scrollToStart(latest);
		}
	}

	// --- composer

	/** The field in which the citizen writes. Enter sends, Shift+Enter begins a new line. */
	class Composer {
		constructor({ draft, onDraft, onSend }) {
			this.onDraft = onDraft;
			this.onSend = onSend;
			this.maxLength = DEFAULT_MAX_LENGTH;
			this.label = element("label", { for: "message", class: "unseen" });
			this.input = element("textarea", { id: "message", rows: "1", dir: "auto", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "counter" });
			this.input.value = draft ?? "";
			this.button = element("button", { type: "submit", class: "send" }, icon("send"));
			this.counter = element("p", { id: "counter", class: "counter", role: "status" });
			this.hint = element("p", { class: "hint" });
			const box = element("div", { class: "box" }, this.input, this.button);
			const foot = element("div", { class: "foot" }, this.hint, this.counter);
			this.node = element("form", { class: "composer", novalidate: true }, this.label, box, foot);
			this.node.addEventListener("submit", (event) => this.submit(event));
			this.input.addEventListener("input", () => this.edited());
			this.input.addEventListener("keydown", (event) => this.pressed(event));
		}

		get excess() {
			return [...this.input.value.trim()].length - this.maxLength;
		}

		translate(words, { privacyUrl }) {
			this.words = words;
			this.label.textContent = words.word("input_label");
			this.input.placeholder = words.word("input_placeholder");
			setLabel(this.button, words.word("send"));
			const url = privacyUrl && safeUrl(privacyUrl);
			this.hint.replaceChildren(words.word("privacy_hint"), " ", url ? link(url, words.word("privacy"), words) : "");
			this.refresh();
		}

		pressed(event) {
			// keyCode 229: Safari ends a composition before it reports the Enter that confirmed it.
			const isComposing = event.isComposing || event.keyCode === 229;
			if (event.key === "Enter" && !event.shiftKey && !isComposing) this.submit(event);
		}

		submit(event) {
			event.preventDefault();
			const text = this.input.value.trim();
			this.input.focus();
			if (!text || this.excess > 0) return;
			this.input.value = "";
			this.edited();
			this.onSend(text);
		}

		edited() {
			this.onDraft(this.input.value);
			this.refresh();
		}

		refresh() {
			const { excess } = this;
			const key = excess > 0 ? "characters_over" : "characters_left";
			const isNear = excess > -this.maxLength * (1 - COUNTER_FROM);
			this.counter.textContent = isNear && this.words ? this.words.word(key, { count: Math.abs(excess) }) : "";
			this.counter.dataset.over = String(excess > 0);
			this.input.setAttribute("aria-invalid", String(excess > 0));
			this.button.setAttribute("aria-disabled", String(!this.input.value.trim() || excess > 0));
			this.resize();
		}

		resize() {
			this.input.style.height = "auto";
			if (this.input.scrollHeight) this.input.style.height = `${this.input.scrollHeight}px`;
		}
	}

	// --- ticket

	/** Number and code of the open ticket, by which the citizen comes back to the conversation; it can be folded. */
	class TicketCard {
		constructor({ onCopied, onFailed }) {
			this.onCopied = onCopied;
			this.onFailed = onFailed;
			this.title = element("span");
			this.hint = element("p");
			this.code = element("strong", { class: "code", translate: "no" });
			this.copyButton = button("plain copy", () => this.copy());
			const summary = element("summary", { click: () => (this.isWanted = !this.node.open) }, icon("ticket"), this.title);
			const content = element("div", {}, this.hint, element("div", { class: "row" }, this.code, this.copyButton));
			this.node = element("details", { class: "card", hidden: true }, summary, content);
			this.isWanted = this.hasRoom = true;
		}

		/** Gives what is to be read out where the ticket was not shown before. */
		show({ ticket, access_code: code }) {
			this.node.hidden = !code;
			const isNew = code && code !== this.code.textContent;
			this.code.textContent = code ?? "";
			if (!isNew) return "";
			this.ticket = ticket;
			this.isWanted = true;
			this.unfold();
			this.translate(this.words);
			return `${this.title.textContent}. ${this.hint.textContent} ${code}`;
		}

		translate(words) {
			this.words = words;
			this.title.textContent = words.word("ticket_title", { ticket: this.ticket });
			this.hint.textContent = words.word("ticket_hint");
			this.copyButton.setAttribute("aria-label", words.word("copy_label"));
			this.label("copy");
		}

		label(key) {
			this.copyButton.replaceChildren(icon(key === "copied" ? "check" : "copy"), this.words.word(key));
		}

		/** Where the view is low, as above an on-screen keyboard, the messages need the room. */
		fit(hasRoom) {
			if (hasRoom === this.hasRoom) return;
			this.hasRoom = hasRoom;
			this.unfold();
		}

		unfold() {
			this.node.open = this.isWanted && this.hasRoom;
		}

		async copy() {
			const text = this.words.word("copy_text", { ticket: this.ticket, code: this.code.textContent });
			try {
				await navigator.clipboard.writeText(text);
			} catch {
				const isCopied = copyThroughField(text, this.node);
				this.copyButton.focus();
				if (!isCopied) return this.onFailed();
			}
			this.label("copied");
			clearTimeout(this.labelTimer);
			this.labelTimer = setTimeout(() => this.label("copy"), NOTICE_MS);
			this.onCopied();
		}
	}

	/** The form in which number and code open an earlier conversation. */
	class ReopenForm {
		constructor({ onOpened, onBack }) {
			this.onOpened = onOpened;
			this.title = element("h3", { id: "reopen" });
			this.hint = element("p");
			this.leaves = element("p");
			this.fields = ["number", "code"].map((name) => this.buildField(name));
			this.error = element("p", { class: "error", id: "reopen-error", role: "alert" });
			this.submitButton = element("button", { type: "submit", class: "filled" });
			this.backButton = button("plain", onBack);
			this.node = element(
				"form",
				{ class: "reopen", "aria-labelledby": "reopen", novalidate: true, hidden: true, submit: (event) => this.submit(event) },
				this.title,
				this.hint,
				this.leaves,
				this.error,
				...this.fields.map(({ node }) => node),
				element("div", { class: "row" }, this.submitButton, this.backButton),
			);
		}

		buildField(name) {
			const id = `reopen-${name}`;
			const label = element("label", { for: id });
			const example = element("p", { id: `${id}-example` });
			const input = element("input", {
				id,
				autocomplete: "off",
				autocapitalize: "characters",
				spellcheck: "false",
				"aria-describedby": `${id}-example reopen-error`,
				input: ({ target }) => this.edited(target),
			});
			return { name, label, example, input, node: element("div", { class: "field" }, label, example, input) };
		}

		translate(words) {
			this.words = words;
			this.title.textContent = words.word("reopen");
			this.hint.textContent = words.word("reopen_hint");
			this.leaves.textContent = words.word("reopen_leaves");
			this.fields.forEach(({ name, label, example }) => {
				label.textContent = words.word(`reopen_${name}`);
				example.textContent = words.word(`reopen_${name}_example`);
			});
			this.submitButton.textContent = words.word("reopen_submit");
			this.backButton.textContent = words.word("reopen_back");
			this.error.textContent = this.errorKey ? words.word(this.errorKey) : "";
		}

		show(leavesSomething) {
			this.leaves.hidden = !leavesSomething;
			this.node.hidden = false;
			this.fields[0].input.focus();
		}

		hide() {
			this.node.hidden = true;
			this.fields.forEach(({ input }) => (input.value = ""));
			this.complain(null);
		}

		/** Number and code in one piece, as they were copied, are put where they belong. */
		edited(input) {
			const both = /(\d{4}-\d{4,})\D.*?(\w{4}-\w{4}-\w{4})/.exec(input.value);
			if (both) this.fields.forEach((field, index) => (field.input.value = both[index + 1]));
			input.removeAttribute("aria-invalid");
		}

		complain(key, wrong = []) {
			this.errorKey = key;
			this.error.textContent = key ? this.words.word(key) : "";
			this.fields.forEach(({ input }) => input.setAttribute("aria-invalid", String(wrong.includes(input))));
			wrong[0]?.focus();
			if (key && wrong.length !== 1) this.node.scrollTop = this.error.offsetTop - 12;
		}

		async submit(event) {
			event.preventDefault();
			if (this.isBusy) return;
			const inputs = this.fields.map(({ input }) => input);
			const empty = this.fields.find(({ input }) => !input.value.trim());
			if (empty) return this.complain(`reopen_${empty.name}_missing`, [empty.input]);
			this.complain(null);
			this.setBusy(true);
			try {
				this.onOpened(await api.reopen(...inputs.map(({ value }) => value.trim().slice(0, 64))));
			} catch ({ status }) {
				if (status === 429) this.complain("reopen_too_often");
				else if (status === 404) this.complain("reopen_unknown", inputs);
				else this.complain("reopen_failed");
			} finally {
				this.setBusy(false);
			}
		}

		setBusy(isBusy) {
			this.isBusy = isBusy;
			this.submitButton.setAttribute("aria-disabled", String(isBusy));
		}
	}

	// --- widget

	/** The launcher and the panel, and everything between the parts above. */
	class Widget {
		constructor() {
			this.session = new Session();
			this.session.set({ language: this.session.data.chosenLanguage ?? this.pageLanguage() });
			const { language } = this.session.data;
			this.words = new Words(language in FIRST_WORDS ? language : LANGUAGES[0]);
			this.descriptions = {};
			this.status = { status: "bot" };
			this.unread = 0;
			this.sheet = matchMedia(SHEET);
			this.log = new Log({ onQuickReply: (title, button) => this.quickReply(title, button), onRetry: () => this.conversation.wake() });
			this.composer = new Composer({
				draft: this.session.data.draft,
				onDraft: (draft) => this.drafted(draft),
				onSend: (text) => this.conversation.send(text),
			});
			this.card = new TicketCard({ onCopied: () => this.tell(this.words.word("copied_note")), onFailed: () => this.showNotice("copy_failed") });
			this.reopenForm = new ReopenForm({ onOpened: (access) => this.conversation.switchTo(access), onBack: () => this.closeForm() });
			this.conversation = new Conversation(this.session, this);
			this.build();
			this.applyWords();
			this.conversation.outbox.forEach((entry) => this.log.add(entry, true));
			this.watchPage();
			this.resume();
		}

		pageLanguage() {
			const wanted = [script.dataset.language, document.documentElement.lang].map((tag) => tag?.slice(0, 2).toLowerCase());
			return wanted.find((language) => LANGUAGES.includes(language)) ?? LANGUAGES[0];
		}

		// Building

		build() {
			this.host = document.createElement(TAG);
			const shadow = this.host.attachShadow({ mode: "open" });
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(STYLES);
			shadow.adoptedStyleSheets = [sheet];
			this.launcherText = element("span", { class: "launcher-text" });
			this.badge = element("span", { class: "badge", "aria-hidden": "true", hidden: true });
			this.launcher = button("launcher", () => this.open(), icon("chat"), this.launcherText, this.badge);
			this.launcher.setAttribute("aria-haspopup", "dialog");
			this.announcement = element("p", { class: "unseen", role: "status" });
			this.root = element("section", { class: "root", dir: "ltr" }, this.launcher, this.announcement, this.buildPanel());
			shadow.append(this.root);
			this.applyTheme();
			document.body.append(this.host);
		}

		buildPanel() {
			this.statusText = element("p", { role: "status" });
			this.wayBack = button("way-back", () => this.log.wayBack?.click());
			const statusContent = element("div", {}, this.statusText, this.wayBack);
			this.statusLine = element("div", { class: "status", hidden: true }, element("i", { class: "lamp" }), statusContent);
			this.whisper = element("p", { class: "unseen", role: "status" });
			this.notice = element("p", { class: "notice", role: "status", hidden: true });
			this.banner = element("p", { class: "banner", role: "status", hidden: true });
			this.startNote = element("p", { class: "start-note" });
			this.retry = button("plain", () => this.connect());
			this.startScreen = element("div", { class: "start", role: "status" }, icon("townHall"), this.startNote, this.retry);
			this.log.node.hidden = true;
			this.news = element("p", { class: "unseen", role: "status" });
			this.earlierLink = button("link", () => this.openForm(this.earlierLink));
			this.earlier = element("div", { class: "earlier", hidden: true }, this.earlierLink);
			this.panel = element(
				"div",
				{ class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, ...this.panelEvents() },
				this.buildHeader(),
				this.buildBody(),
				this.whisper,
			);
			return this.panel;
		}

		buildBody() {
			this.body = element(
				"div",
				{ class: "body" },
				this.statusLine,
				this.banner,
				this.notice,
				this.buildQuestion(),
				this.card.node,
				this.startScreen,
				this.log.node,
				this.earlier,
				this.composer.node,
				this.reopenForm.node,
				this.news,
			);
			return this.body;
		}

		panelEvents() {
			const leave = (event) => this.leaveMenu(event);
			return { keydown: (event) => this.pressed(event), click: leave, focusout: leave };
		}

		buildHeader() {
			this.title = element("h2", { id: "title" });
			this.town = element("p", { class: "town" });
			this.languageButton = button("icon-button language", () => this.switchLanguage());
			this.menuButton = button("icon-button more", () => this.toggleMenu(), icon("more"));
			this.closeButton = button("icon-button close", () => this.close(), icon("close"));
			const mark = element("span", { class: "mark" }, icon("townHall"));
			const name = element("div", { class: "name" }, this.title, this.town);
			return element("div", { class: "header" }, mark, name, this.languageButton, this.menuButton, this.buildMenu(), this.closeButton);
		}

		buildMenu() {
			this.newButton = button("entry new", () => this.askForNew(), icon("compose"), element("span"));
			this.saveButton = button("entry save", () => this.saveTranscript(), icon("save"), element("span"));
			this.reopenButton = button("entry reopen-entry", () => this.openForm(this.menuButton), icon("ticket"), element("span"));
			this.menu = element("div", { class: "menu", role: "group", hidden: true }, this.newButton, this.saveButton, this.reopenButton);
			this.menuButton.setAttribute("aria-expanded", "false");
			return this.menu;
		}

		buildQuestion() {
			this.questionText = element("p", { id: "question" });
			this.confirmButton = button("filled", () => this.startNew());
			this.cancelButton = button("plain", () => this.dropQuestion());
			const buttons = element("div", { class: "row" }, this.confirmButton, this.cancelButton);
			this.question = element("div", { class: "question", role: "group", "aria-labelledby": "question", hidden: true }, this.questionText, buttons);
			return this.question;
		}

		applyTheme() {
			const wanted = script.dataset.theme;
			const dark = matchMedia("(prefers-color-scheme: dark)");
			const apply = () => {
				const theme = ["light", "dark"].includes(wanted) ? wanted : dark.matches ? "dark" : "light";
				this.root.dataset.theme = theme;
				for (const [name, value] of Object.entries(palette(script.dataset.accent, theme))) this.root.style.setProperty(name, value);
			};
			dark.addEventListener("change", apply);
			apply();
		}

		applyWords() {
			const { words } = this;
			const description = this.descriptions[words.language];
			this.root.lang = words.language;
			this.root.setAttribute("aria-label", description?.title ?? words.word("launcher_label"));
			this.launcherText.textContent = words.word("launcher_label");
			this.title.textContent = description?.title ?? words.word("launcher_label");
			this.town.textContent = description?.town ?? "";
			setLabel(this.closeButton, words.word("close"));
			this.retry.textContent = words.word("try_again");
			this.menuButton.hidden = !description;
			setLabel(this.menuButton, words.word("menu"));
			this.menu.setAttribute("aria-label", words.word("menu"));
			this.newButton.lastChild.textContent = words.word("new_conversation");
			this.saveButton.lastChild.textContent = words.word("save_transcript");
			this.reopenButton.lastChild.textContent = this.earlierLink.textContent = words.word("reopen");
			this.questionText.textContent = words.word("new_conversation_question");
			this.confirmButton.textContent = words.word("new_conversation_confirm");
			this.cancelButton.textContent = words.word("cancel");
			this.banner.textContent = words.word("offline");
			this.log.translate(words);
			this.card.translate(words);
			this.reopenForm.translate(words);
			this.composer.maxLength = description?.max_length ?? DEFAULT_MAX_LENGTH;
			this.composer.translate(words, { privacyUrl: description?.privacy_url });
			this.refreshLanguageButton(description);
			this.refreshStatus();
			this.refreshUnread();
		}

		refreshLanguageButton(description) {
			const languages = (description?.languages ?? []).filter((language) => language in FIRST_WORDS);
			this.nextLanguage = languages.find((language) => language !== this.words.language);
			this.languageButton.hidden = !this.nextLanguage;
			if (!this.nextLanguage) return;
			const code = this.nextLanguage.toUpperCase();
			this.languageButton.textContent = code;
			this.languageButton.lang = this.nextLanguage;
			setLabel(this.languageButton, `${code}, ${this.words.word(`language_${this.nextLanguage}`)}`);
		}

		// Opening and closing

		/** After a reload: open again without taking the focus; a person's reply is awaited even while closed. */
		resume() {
			const { open, id } = this.session.data;
			if (open) this.open({ takeFocus: false });
			else if (id && this.conversation.isWithPeople) this.connect();
		}

		open({ takeFocus = true } = {}) {
			this.panel.hidden = false;
			this.launcher.hidden = true;
			this.session.set({ open: true });
			this.fitViewport();
			this.composer.resize();
			this.log.showLatest();
			this.markRead();
			if (takeFocus) this.composer.input.focus();
			this.connect();
		}

		close() {
			this.closeMenu();
			this.dropQuestion();
			this.closeForm();
			this.panel.hidden = true;
			this.launcher.hidden = false;
			this.session.set({ open: false });
			this.launcher.focus();
		}

		get isOpen() {
			return !this.panel.hidden;
		}

		async connect() {
			if (this.conversation.running) return this.conversation.wake();
			if (this.connecting) return;
			this.connecting = true;
			this.showStart("loading");
			try {
				await this.loadWords(this.words.language);
				if (this.log.items.length) this.showLog();
				this.conversation.start();
			} catch {
				this.showStart("unavailable");
			} finally {
				this.connecting = false;
			}
		}

		showStart(key) {
			this.startNote.textContent = this.words.word(key);
			this.retry.hidden = key !== "unavailable";
			this.startScreen.hidden = false;
			this.log.node.hidden = true;
			this.refreshEarlier();
		}

		showLog() {
			this.startScreen.hidden = true;
			this.log.node.hidden = false;
			this.refreshEarlier();
		}

		/** Who has not asked anything yet may have come for an earlier answer. */
		refreshEarlier() {
			this.earlier.hidden = this.log.node.hidden || !this.conversation.loaded || this.conversation.hasCitizenMessages;
		}

		async loadWords(language) {
			this.descriptions[language] ??= await api.describe(language);
			const { texts, town } = this.descriptions[language];
			this.words = new Words(language, { ...FIRST_WORDS[language], ...texts }, town);
			this.applyWords();
		}

		async switchLanguage() {
			const language = this.nextLanguage;
			try {
				await this.loadWords(language);
			} catch {
				return;
			}
			this.session.set({ language, chosenLanguage: language });
			// The greeting is in the language of the conversation; what has been said stays.
			if (!this.conversation.hasCitizenMessages) this.conversation.restart();
		}

		toggleMenu() {
			const isOpening = this.menu.hidden;
			this.menu.hidden = !isOpening;
			this.menuButton.setAttribute("aria-expanded", String(isOpening));
			if (isOpening) this.newButton.focus();
		}

		closeMenu() {
			if (!this.menu.hidden) this.toggleMenu();
		}

		/** Whatever else is pressed or focused closes the menu. */
		leaveMenu({ type, target, relatedTarget }) {
			const next = type === "focusout" ? relatedTarget : target;
			if (next && ![this.menu, this.menuButton].some((node) => node.contains(next))) this.closeMenu();
		}

		/** A file that the citizen keeps; it is made by the server, so that it is in the language of the conversation. */
		async saveTranscript() {
			this.closeMenu();
			this.menuButton.focus();
			try {
				const url = URL.createObjectURL(await api.transcript(await this.conversation.access()));
				element("a", { href: url, download: `rathausbote-${new Date().toISOString().slice(0, 10)}.txt` }).click();
				setTimeout(() => URL.revokeObjectURL(url), NOTICE_MS);
				this.whisper.textContent = this.words.word("transcript_saved");
			} catch {
				this.showNotice("transcript_failed");
			}
		}

		/** For screen readers; the same words are read out again later. */
		tell(text) {
			this.news.textContent = text;
			clearTimeout(this.newsTimer);
			this.newsTimer = setTimeout(() => (this.news.textContent = ""), NOTICE_MS);
		}

		showNotice(key) {
			this.notice.textContent = this.words.word(key);
			this.notice.hidden = false;
			clearTimeout(this.noticeTimer);
			this.noticeTimer = setTimeout(() => (this.notice.hidden = true), NOTICE_MS);
		}

		askForNew() {
			this.closeMenu();
			this.menuButton.focus();
			if (!this.conversation.hasCitizenMessages) return this.startNew();
			this.question.hidden = false;
			this.confirmButton.focus();
		}

		startNew() {
			this.question.hidden = true;
			this.conversation.restart();
			this.composer.input.focus();
		}

		dropQuestion() {
			if (this.question.hidden) return;
			this.question.hidden = true;
			this.menuButton.focus();
		}

		openForm(opener) {
			this.closeMenu();
			this.dropQuestion();
			this.formOpener = opener;
			this.body.dataset.covered = "true";
			this.reopenForm.show(this.conversation.hasCitizenMessages);
		}

		closeForm() {
			if (this.reopenForm.node.hidden) return;
			delete this.body.dataset.covered;
			this.reopenForm.hide();
			(this.formOpener.getClientRects().length ? this.formOpener : this.menuButton).focus();
		}

		quickReply(title, button) {
			const hasKeyboard = matchMedia("(pointer: fine)").matches;
			(hasKeyboard ? this.composer.input : this.log.list).focus({ preventScroll: true });
			this.conversation.send(title, button);
		}

		drafted(draft) {
			this.session.set({ draft });
			this.conversation.noteTyping(draft.trim() !== "");
		}

		// What the conversation reports

		entryAdded(entry, isHistory) {
			if (this.conversation.running) this.showLog();
			this.log.add(entry, isHistory);
			if (entry.message.author === "bot" || entry.message.author === "staff") this.typingChanged(null);
			if (!isHistory && this.isOpen) this.markRead();
			this.refreshUnread();
			this.refreshWayBack();
		}

		entryChanged(entry) {
			this.log.update(entry);
		}

		historyLoaded() {
			this.showLog();
			this.log.showLatest();
			if (this.isOpen) this.markRead();
			this.refreshUnread();
		}

		statusChanged(status) {
			this.status = status;
			this.log.setWaiting(status.status === "waiting");
			const news = this.card.show(status);
			if (news && this.hasToldStatus) this.tell(news);
			this.hasToldStatus = true;
			this.refreshStatus();
			if (status.staff_is_typing) this.typingChanged("staff");
			else if (this.log.isShowingTyping("staff")) this.typingChanged(null);
		}

		typingChanged(author) {
			clearTimeout(this.typingTimer);
			this.log.setTyping(author, this.status.assignee);
			this.whisper.textContent = author === "staff" ? this.words.typing(author, this.status.assignee) : "";
			if (author) this.typingTimer = setTimeout(() => this.typingChanged(null), TYPING_EXPIRES_MS);
		}

		connectionChanged(isUp) {
			this.banner.hidden = (isUp && navigator.onLine) || !this.conversation.running;
			if (!isUp && !this.startScreen.hidden) this.showStart("unavailable");
		}

		restarted() {
			this.log.clear();
			this.showStart("loading");
		}

		reopened() {
			this.closeForm();
			this.log.clear();
			this.showLog();
			this.log.list.focus({ preventScroll: true });
			this.tell(this.words.word("reopened"));
			this.connect();
		}

		renewed() {
			this.log.archive("renewed");
		}

		// Status line and unread messages

		refreshStatus() {
			const { status, ticket, access_code: code } = this.status;
			const text = this.describeStatus();
			const number = ticket && !code && status === "waiting" ? element("span", { class: "ticket" }, this.words.word("status_ticket", { ticket })) : null;
			this.statusLine.hidden = !text;
			this.statusLine.dataset.status = status;
			const content = element("p", {}, text, ...[number, ...this.describePlace()].filter(Boolean).flatMap((part) => [" ", part]));
			if (this.statusText.textContent !== content.textContent) this.statusText.replaceChildren(...content.childNodes);
			this.refreshWayBack();
		}

		describeStatus() {
			const { status, assignee: name } = this.status;
			if (name && ["live", "snoozed"].includes(status)) return this.words.word(`status_${status}`, { name });
			const keys = { live: "status_live_unnamed", snoozed: "status_snoozed_unnamed", waiting: "status_waiting", resolved: "status_resolved" };
			return keys[status] ? this.words.word(keys[status]) : "";
		}

		/** Place and usual wait, each only where the server knows it. */
		describePlace() {
			const { position, estimate_minutes: minutes } = this.status;
			const place = position && this.words.word(position === 1 ? "status_next" : "status_position", { position });
			const wait = minutes && this.words.word(minutes === 1 ? "status_estimate_one" : "status_estimate_many", { minutes });
			return [place && element("strong", { class: "place" }, place), wait];
		}

		refreshWayBack() {
			const way = this.log.wayBack;
			this.wayBack.hidden = !way;
			this.wayBack.lang = way?.lang ?? "";
			this.wayBack.textContent = way?.textContent ?? "";
		}

		markRead() {
			if (this.conversation.lastSeq) this.session.set({ readSeq: this.conversation.lastSeq });
			this.refreshUnread();
		}

		refreshUnread() {
			const readSeq = this.session.data.readSeq ?? 0;
			const before = this.unread;
			const isUnread = ({ message }) => message.author !== "citizen" && message.seq > readSeq;
			this.unread = this.isOpen ? 0 : this.conversation.entries.filter(isUnread).length;
			const news = this.unread ? this.words.word(this.unread === 1 ? "unread_one" : "unread_many", { count: this.unread }) : "";
			this.badge.hidden = !this.unread;
			this.badge.textContent = this.unread;
			setLabel(this.launcher, [this.words.word("launcher_label"), this.words.word("open_chat"), news].filter(Boolean).join(", "));
			if (this.unread !== before) this.announcement.textContent = news;
		}

		// Keyboard, viewport, network

		pressed(event) {
			if (event.key === "Escape" && !event.isComposing) {
				event.stopPropagation();
				if (!this.menu.hidden) {
					this.closeMenu();
					this.menuButton.focus();
				} else if (!this.reopenForm.node.hidden) this.closeForm();
				else if (this.question.hidden) this.close();
				else this.dropQuestion();
			}
			if (event.key === "Tab" && this.sheet.matches) this.keepFocusInside(event);
		}

		/** On a small screen the panel covers the page, so Tab must not lead behind it. */
		keepFocusInside(event) {
			const candidates = [...this.panel.querySelectorAll("button:not(:disabled), a[href], textarea, input, summary, [tabindex='0']")];
			const visible = candidates.filter((node) => node.getClientRects().length && getComputedStyle(node).visibility === "visible");
			const [first, last] = [visible[0], visible.at(-1)];
			const active = this.host.shadowRoot.activeElement;
			if (active !== (event.shiftKey ? first : last)) return;
			event.preventDefault();
			(event.shiftKey ? last : first).focus();
		}

		watchPage() {
			this.sheet.addEventListener("change", () => this.fitViewport());
			for (const type of ["resize", "scroll"]) window.visualViewport.addEventListener(type, () => this.fitViewport());
			addEventListener("online", () => this.networkReturned());
			addEventListener("offline", () => this.connectionChanged(false));
			addEventListener("pageshow", (event) => event.persisted && this.conversation.wake());
			addEventListener("pagehide", () => this.conversation.cutStream());
			document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.conversation.wake());
			document.addEventListener("click", (event) => this.openFromPage(event));
		}

		networkReturned() {
			// What was open before the network went away may be dead without having noticed.
			this.conversation.reconnect();
			if (this.isOpen) this.connect();
		}

		/** Any element of the page with data-rathausbote="open" opens the chat. */
		openFromPage(event) {
			if (!event.target.closest?.('[data-rathausbote="open"]')) return;
			event.preventDefault();
			this.open();
		}

		/** Keeps the full-screen sheet above the on-screen keyboard. */
		fitViewport() {
			this.panel.setAttribute("aria-modal", String(this.sheet.matches));
			const viewport = window.visualViewport;
			this.panel.style.setProperty("--sheet-top", `${viewport.offsetTop}px`);
			this.panel.style.setProperty("--sheet-height", `${viewport.height}px`);
			this.card.fit(viewport.height > LOW_VIEW);
		}
	}

	// --- styles

	const STYLES = `
:host { all: initial !important; display: contents !important; }
@media print { :host { display: none !important; } }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul { margin: 0; padding: 0; font: inherit; }
button, textarea, input { font: inherit; color: inherit; letter-spacing: inherit; }
button { border: 0; background: none; cursor: pointer; touch-action: manipulation; }
:is(.mark, .icon-button, .avatar, .send) { flex: none; display: grid; place-items: center; }
svg { width: 1.5em; height: 1.5em; fill: currentColor; flex: none; display: block; }
a { color: inherit; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.root {
	--surface: #fff; --ground: #f3f6f8; --text: #14222b; --muted: #4d5f6b; --line: #d9e2e8; --field-line: #74858f;
	--warn-ground: #fff4dc; --warn-text: #5c3c00; --bad: #b3261e; --good: #0f766e;
	--shadow: 0 2px 6px rgb(10 30 45 / .14), 0 18px 48px rgb(10 30 45 / .22);
	color: var(--text); color-scheme: light;
	font: 400 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
	-webkit-text-size-adjust: 100%;
}
.root[data-theme=dark] {
	--surface: #18242c; --ground: #101a20; --text: #e8eef2; --muted: #a9bac5; --line: #2e3f4a; --field-line: #7d909c;
	--warn-ground: #3a2e12; --warn-text: #ffe2a8; --bad: #ffb4ab; --good: #5ad1c4;
	--shadow: 0 2px 6px rgb(0 0 0 / .4), 0 18px 48px rgb(0 0 0 / .55);
	color-scheme: dark;
}
:is(.launcher, .header, .filled, .avatar, .pill, .send, [data-author=citizen] .bubble) { background: var(--accent); color: #fff; }
:is(.launcher, .icon-button, .filled, .send):hover { background: var(--accent-strong); }
:is(.launcher, .icon-button, .quick-reply, .send) { transition: background .15s; }
:is(.filled, .plain, .quick-reply, .pill) { min-height: 44px; padding: 8px 17px; border-radius: 22px; font-size: 15px; font-weight: 600; line-height: 1.3; }
:focus-visible { outline: 3px solid var(--accent-text); outline-offset: 2px; }
.header :focus-visible { outline-color: #fff; outline-offset: -4px; }
.launcher:focus-visible { outline-color: #fff; outline-offset: -6px; box-shadow: 0 0 0 4px var(--accent), var(--shadow); }

.launcher {
	position: fixed; z-index: 2147483000; bottom: calc(24px + env(safe-area-inset-bottom, 0px)); right: calc(24px + env(safe-area-inset-right, 0px));
	display: flex; align-items: center; gap: 10px; min-height: 60px; padding: 0 24px 0 20px; border-radius: 30px;
	font-weight: 600; box-shadow: 0 0 0 2px #fff, var(--shadow);
}
:is(.launcher, .mark) svg { width: 28px; height: 28px; }
.badge {
	position: absolute; top: -6px; right: -4px; min-width: 26px; padding: 0 7px; border: 2px solid #fff;
	border-radius: 13px; background: #b3261e; color: #fff; font-size: 14px; line-height: 22px; text-align: center;
}

.panel {
	position: fixed; z-index: 2147483001; bottom: 24px; right: 24px; width: 408px; height: 660px;
	max-width: calc(100vw - 48px); max-height: calc(100vh - 48px); max-height: calc(100dvh - 48px);
	display: flex; flex-direction: column; overflow: hidden; border-radius: 18px; background: linear-gradient(var(--accent) 50%, var(--surface) 0); box-shadow: var(--shadow);
	animation: rise .2s ease-out;
}
[data-theme=dark] .panel { border: 1px solid var(--line); }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }

.header { position: relative; flex: none; display: flex; align-items: center; gap: 2px; min-height: 72px; padding: 10px 10px 10px 16px; }
.mark { width: 42px; height: 42px; margin-right: 10px; border-radius: 13px; background: #fff; color: var(--accent); }
.name { flex: 1; min-width: 0; }
h2 { font-size: 18px; font-weight: 650; line-height: 1.25; overflow-wrap: anywhere; }
.town { font-size: 14px; line-height: 1.35; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.icon-button { width: 44px; height: 44px; padding: 0; border-radius: 12px; font-size: 15px; font-weight: 650; }
.icon-button svg { width: 23px; height: 23px; }
.menu { position: absolute; z-index: 2; top: calc(100% - 6px); right: 10px; padding: 6px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--text); box-shadow: var(--shadow); }
.entry { display: flex; align-items: center; gap: 12px; width: 100%; min-height: 46px; padding: 8px 16px 8px 12px; border-radius: 8px; font-size: 15px; text-align: start; white-space: nowrap; }
.entry:hover { background: var(--accent-soft); }
.entry svg { width: 20px; height: 20px; color: var(--accent-text); }
.menu :focus-visible { outline-color: var(--accent-text); outline-offset: -3px; }

.body { position: relative; flex: 1; min-height: 0; display: flex; flex-direction: column; }
.body[data-covered] > :not(.reopen, .unseen) { visibility: hidden; }
.status, .banner, .notice { flex: none; padding: 10px 16px; border-bottom: 1px solid var(--line); font-size: 14px; line-height: 1.4; }
.status { display: flex; gap: 10px; background: var(--accent-soft); }
.lamp { flex: none; width: 10px; height: 10px; margin-top: 5px; border-radius: 50%; background: var(--muted); }
[data-status=waiting] .lamp { background: none; border: 2px solid var(--accent-text); }
[data-status=live] .lamp { background: var(--good); box-shadow: 0 0 0 3px color-mix(in srgb, var(--good) 25%, transparent); }
[data-status=live] { font-weight: 600; }
.ticket { font-weight: 600; white-space: nowrap; }
.place { display: block; margin-top: 3px; font-weight: 600; }
.way-back { min-height: 44px; margin: 2px 0 -10px; padding: 0; color: var(--accent-text); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
:is(.banner, .notice) { background: var(--warn-ground); color: var(--warn-text); }
.question { flex: none; padding: 14px 16px 16px; border-bottom: 1px solid var(--line); background: var(--surface); font-size: 15px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.plain { border: 1px solid var(--accent-line); color: var(--accent-text); background: var(--surface); }
.plain:hover, .quick-reply:not(:disabled):hover, .link-button:hover { background: var(--accent-soft); }
.card { flex: none; border-bottom: 1px solid var(--line); background: var(--surface); font-size: 14px; line-height: 1.4; }
summary { display: flex; align-items: center; gap: 10px; min-height: 44px; padding: 4px 16px; font-size: 15px; font-weight: 600; list-style: none; cursor: pointer; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ""; flex: none; width: 9px; height: 9px; margin: -4px 4px 0 auto; border: solid var(--muted); border-width: 0 2px 2px 0; transform: rotate(45deg); }
[open] > summary::after { margin-top: 5px; transform: rotate(225deg); }
summary:focus-visible { outline-offset: -3px; }
summary svg { width: 22px; height: 22px; color: var(--accent-text); }
.card > div { padding: 0 16px 12px; color: var(--muted); }
.card .row { align-items: center; justify-content: space-between; margin-top: 8px; }
.code { color: var(--text); font: 600 17px/1.4 ui-monospace, Consolas, "Liberation Mono", monospace; letter-spacing: .03em; white-space: nowrap; user-select: all; }
.copy { display: flex; align-items: center; gap: 7px; padding-inline: 13px 15px; }
.copy svg { width: 18px; height: 18px; }
.reopen { position: absolute; z-index: 1; inset: 0; padding: 22px 16px; overflow: auto; overscroll-behavior: contain; background: var(--ground); font-size: 15px; }
.reopen h3 { margin-bottom: 8px; font-size: 18px; font-weight: 650; line-height: 1.3; }
.reopen > p { color: var(--muted); }
.reopen > p + p { margin-top: 8px; }
.reopen .row { margin-top: 20px; }
.field { margin-top: 18px; }
label { font-weight: 600; }
.field p { color: var(--muted); font-size: 14px; }
input { width: 100%; min-height: 48px; margin-top: 6px; padding: 10px 14px; border: 1px solid var(--field-line); border-radius: 12px; background: var(--surface); color: var(--text); font-size: 16px; }
input:focus-visible { border-color: var(--accent-text); outline-offset: -1px; }
input[aria-invalid=true] { border: 2px solid var(--bad); }
#reopen-code { font-family: ui-monospace, Consolas, "Liberation Mono", monospace; letter-spacing: .03em; }
.reopen .error { margin-top: 16px; padding-inline-start: 12px; border-inline-start: 4px solid var(--bad); color: var(--bad); font-weight: 600; }
.error:empty { display: none; }
.filled[aria-disabled=true] { opacity: .6; cursor: progress; }
.earlier { flex: none; padding: 0 16px; background: var(--ground); text-align: center; }
.link { min-height: 44px; padding: 4px 8px; color: var(--accent-text); font-size: 14px; font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.start { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 14px; padding: 24px; background: var(--ground); color: var(--muted); text-align: center; }
.start > svg { width: 44px; height: 44px; opacity: .55; }

.log-frame { position: relative; flex: 1; min-height: 0; display: flex; background: var(--ground); }
.log-frame[data-more=true]::after { content: ""; position: absolute; inset: auto 0 0; height: 14px; background: linear-gradient(transparent, rgb(10 30 45 / .12)); pointer-events: none; }
.log { position: relative; flex: 1; min-width: 0; padding: 18px 16px 4px; overflow: hidden auto; overflow-wrap: anywhere; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--field-line) transparent; }
.log:focus-visible { outline-offset: -3px; }
.message, .typing { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 20px; }
.arriving { animation: rise .22s ease-out; }
.byline { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; margin-bottom: 6px; font-size: 13px; line-height: 1.4; color: var(--muted); }
.author { font-weight: 600; }
.avatar { width: 26px; height: 26px; border-radius: 8px; font-size: 11px; font-weight: 700; letter-spacing: .02em; }
.avatar svg { width: 17px; height: 17px; }
[data-author=staff] .avatar { border-radius: 50%; background: #0f6b64; }
.bubble { max-width: 100%; padding: 12px 15px; border: 1px solid var(--line); border-radius: 4px 16px 16px; background: var(--surface); }
.bubble > * + * { margin-top: 9px; }
.bubble :is(p, li) { unicode-bidi: plaintext; }
.bubble ul { padding-inline-start: 20px; }
.bubble li + li { margin-top: 3px; }
.bubble li::marker { color: var(--accent-text); }
.bubble a, .hint a { color: var(--accent-text); text-decoration-thickness: 1px; text-underline-offset: 3px; }
[data-author=staff] .bubble { border-inline-start: 3px solid var(--good); }
[data-author=citizen] { align-items: flex-end; }
[data-author=citizen] .bubble { max-width: 88%; border-color: transparent; border-radius: 16px 4px 16px 16px; }
[data-author=citizen] .bubble a { color: inherit; }
[data-author=citizen]:is([data-state=failed], [data-state=rejected]) .bubble { border: 2px dashed var(--bad); background: var(--surface); color: var(--text); }
[data-author=system] { align-items: center; text-align: center; }
[data-author=system] .byline { margin-bottom: 2px; justify-content: center; }
[data-author=system] .bubble, .divider { max-width: 92%; padding: 0; border: 0; background: none; color: var(--muted); font-size: 14px; }
.divider { display: flex; align-items: center; gap: 12px; max-width: none; margin-bottom: 20px; text-align: center; }
.divider::before, .divider::after { content: ""; flex: 1 0 16px; border-top: 1px solid var(--field-line); opacity: .5; }
.source { padding-top: 9px; border-top: 1px solid var(--line); font-size: 13px; line-height: 1.45; color: var(--muted); }
.source a { color: inherit; }
.source time { white-space: nowrap; }
.links, .quick-replies { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; max-width: 100%; }
.links { flex-direction: column; align-self: stretch; }
.link-button { display: flex; align-items: center; justify-content: space-between; gap: 12px; min-height: 46px; padding: 9px 14px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--accent-text); font-size: 15px; font-weight: 600; line-height: 1.35; text-decoration: none; }
.link-button:hover { text-decoration: underline; }
.link-button svg { width: 19px; height: 19px; }
.quick-reply { display: inline-flex; align-items: center; gap: 6px; max-width: 100%; border: 1.5px solid var(--accent-line); background: var(--surface); color: var(--accent-text); text-align: start; }
.quick-reply:disabled { border-color: var(--line); background: none; color: var(--muted); font-weight: 400; cursor: default; }
.quick-reply[data-chosen] { border-color: transparent; background: var(--accent-soft); color: var(--text); }
.scale { display: grid; grid-template-columns: repeat(5, 1fr); width: 100%; max-width: 340px; }
.scale .quick-reply { justify-content: center; padding-inline: 0; border-radius: 12px; font-size: 17px; }
.scale .quick-reply[data-chosen] { background: var(--accent); color: #fff; font-weight: 700; }
.scale svg { display: none; }
.delivery { margin-top: 5px; font-size: 13px; color: var(--muted); }
.retry, .rejected { color: var(--bad); font-weight: 600; }
.retry { min-height: 44px; margin-top: 0; padding: 8px; border-radius: 8px; text-decoration: underline; text-underline-offset: 3px; }
.dots { display: flex; gap: 5px; padding: 6px 2px; }
.dots i { width: 8px; height: 8px; border-radius: 50%; background: var(--muted); animation: breathe 1.3s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .18s; }
.dots i:nth-child(3) { animation-delay: .36s; }
@keyframes breathe { 0%, 70%, 100% { opacity: .3; transform: none; } 35% { opacity: 1; transform: translateY(-3px); } }
.pill { position: absolute; z-index: 1; bottom: 12px; left: 50%; display: flex; align-items: center; gap: 6px; max-width: calc(100% - 32px); box-shadow: 0 3px 12px rgb(10 30 45 / .3); transform: translateX(-50%); white-space: nowrap; }
:is(.pill, .quick-reply) svg { width: 18px; height: 18px; }
.pill > span { overflow: hidden; text-overflow: ellipsis; }
.pill span span { font-weight: 400; }
.pill:focus-visible { outline-color: #fff; outline-offset: -5px; }

.composer { position: relative; flex: none; padding: 12px 12px calc(10px + env(safe-area-inset-bottom, 0px)); border-top: 1px solid var(--line); background: var(--surface); }
.box { display: flex; align-items: flex-end; gap: 4px; padding: 4px; border: 1px solid var(--field-line); border-radius: 26px; background: var(--surface); }
.box:focus-within { border-color: var(--accent-text); box-shadow: 0 0 0 2px var(--accent-text); }
textarea { flex: 1; min-width: 0; min-height: 44px; max-height: 140px; padding: 10px 6px 10px 14px; border: 0; background: none; color: var(--text); line-height: 24px; resize: none; }
textarea:focus-visible { outline: none; }
textarea::placeholder { color: var(--muted); opacity: 1; }
.send { width: 44px; height: 44px; padding: 0; border-radius: 50%; }
.send[aria-disabled=true] { background: var(--accent-soft); color: var(--accent-text); }
.send svg { width: 22px; height: 22px; margin-left: 2px; }
.foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; padding: 7px 8px 0; font-size: 12.5px; line-height: 1.45; color: var(--muted); }
.counter { margin-left: auto; font-variant-numeric: tabular-nums; }
.counter[data-over=true] { color: var(--bad); font-weight: 600; }

@media ${SHEET} {
	.launcher { bottom: calc(16px + env(safe-area-inset-bottom, 0px)); right: calc(16px + env(safe-area-inset-right, 0px)); width: 60px; padding: 0; justify-content: center; }
	.launcher-text { display: none; }
	.panel { inset: var(--sheet-top, 0px) 0 auto; width: auto; height: var(--sheet-height, 100dvh); max-width: none; max-height: none; border: 0; border-radius: 0; }
	.header { min-height: calc(64px + env(safe-area-inset-top, 0px)); padding-block: calc(8px + env(safe-area-inset-top, 0px)) 8px; }
	.header, .status, .banner, .notice, .question, summary, .card > div, .reopen, .log, .composer { padding-inline: calc(12px + env(safe-area-inset-left, 0px)) calc(12px + env(safe-area-inset-right, 0px)); }
	.header { padding-right: calc(4px + env(safe-area-inset-right, 0px)); }
	.mark { width: 38px; height: 38px; }
}
@media (max-width: 340px) { .mark { display: none; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
	.launcher, .panel, .bubble, .badge, .pill, .send, .filled, .mark, .avatar, .icon-button, .menu, .plain { border: 1px solid CanvasText; }
	[data-author=citizen] .bubble { border: 2px solid Highlight; }
	.dots i, .lamp { background: CanvasText; forced-color-adjust: none; }
	:focus-visible, .box:focus-within { outline: 3px solid Highlight; outline-offset: 2px; }
	.quick-reply:disabled { color: GrayText; border-color: GrayText; }
}
	`;

	if (document.body) new Widget();
	else document.addEventListener("DOMContentLoaded", () => new Widget());
})();
