/** Talks to the server; every failure is an ApiError whose code tells what happened ("offline" where nothing came back). */

import { keepOpen } from "./drafts.js";

const TIMEOUT = 15_000;
let csrfToken = "";

export class ApiError extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export function setCsrfToken(token) {
  csrfToken = token;
}

export const get = (path) => request("GET", `/console/api/${path}`);
export const post = (path, body) => request("POST", `/console/api/${path}`, body);
export const signOut = () => request("POST", "/console/sign-out");

export function goToSignIn() {
  keepOpen(decodeURIComponent(location.hash.replace(/^#\/?/, "")));
  location.assign("/console/sign-in?expired");
}

async function request(method, url, body) {
  const response = await send(method, url, body);
  if (response.status === 401) {
    goToSignIn();
    throw new ApiError(401, "token_invalid");
  }
  if (!response.ok) throw new ApiError(response.status, await errorCode(response));
  return response.status === 204 ? null : response.json();
}

async function send(method, url, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new ApiError(0, "offline");
  }
}

async function errorCode(response) {
  try {
    return (await response.json()).error.code;
  } catch {
    return "unknown";
  }
}
