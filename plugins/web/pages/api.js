// Calls to the service that this page comes from. Tokens are kept in memory alone: no cookie is sent, none is taken.

/** What an answer said went wrong. */
export class ApiError extends Error {
  constructor (response, body) {
    super(body?.error?.message ?? `status ${response.status}`);
    this.status = response.status;
    this.id = body?.error?.id;
    this.data = body?.error?.data;
    this.coreUrl = body?.error?.coreUrl;
    this.retryAfter = Number(response.headers.get('Retry-After')) || 30;
  }
}

// This page is {base}www/NAME.html, whatever stands in front of it.
const base = new URL('../', location.href);

async function fetchJson (url, { method = 'GET', body, token } = {}) {
  const headers = {};
  if (token) headers.Authorization = token;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(url, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'omit', cache: 'no-store'
  });
  const answer = await response.json().catch(() => null);
  return { response, answer };
}

async function ask (url, options) {
  const { response, answer } = await fetchJson(url, options);
  if (!response.ok) throw new ApiError(response, answer);
  return answer;
}

/** Something of the platform: `reg/hostings`. */
export const call = (path, options) => ask(new URL(path, base), options);

/** Something whose status is part of the answer. */
export async function callForState (path, options) {
  const { response, answer } = await fetchJson(new URL(path, base), options);
  if (!answer?.status) throw new ApiError(response, answer);
  return answer;
}

let service;

export async function loadService () {
  service = await call('reg/service/info');
  return service;
}

export const loadSettings = () => ask(new URL('www/settings.json', base));

/** A user's calls go to the host of the user's own, where there are such hosts, else to this one. */
function homeOf (username) {
  const hasOwnHost = /^https?:\/\/[^/]*\{username\}/.test(service.api);
  return hasOwnHost ? service.api.replace('{username}', username) : new URL(`${username}/`, base).href;
}

/** Where the person's data is, as an address that apps are given. */
export function apiEndpoint (person, token) {
  const address = person.moved ? person.home : service.api.replace('{username}', person.username);
  return address.replace('://', `://${token}@`);
}

/**
 * A call to the account of `person`, { username, token? }. A core that does not have it says which one does.
 */
export async function callUser (person, path, options = {}) {
  const withToken = { token: person.token, ...options };
  person.home ??= homeOf(person.username);
  try {
    return await ask(person.home + path, withToken);
  } catch (error) {
    if (error.id !== 'wrong-core' || !error.coreUrl) throw error;
    person.home = `${error.coreUrl}${person.username}/`;
    person.moved = true;
    return await ask(person.home + path, withToken);
  }
}
