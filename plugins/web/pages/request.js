// The request of the app that opened this page: read, answered, and the way back.
import { call, callForState } from './api.js';
import { params, Problem, showMessage } from './page.js';

/** null: the page was opened without one. */
export const key = params.get('key');
export let request = null;

const path = () => `reg/access/${encodeURIComponent(key)}`;

/** False: it is over, or there never was one. */
export async function loadRequest () {
  try {
    request = await callForState(path());
  } catch (error) {
    if (error.status !== 400) throw error;
  }
  return request?.status === 'NEED_SIGNIN';
}

/** How the app is called: by its id, which is all that is known of it. */
export const appName = () => request.requestingAppId;

// What a browser would run, or read, itself. Others are those of apps.
const closedSchemes = ['javascript', 'data', 'vbscript', 'blob', 'file', 'filesystem', 'about', 'view-source', 'ftp', 'ws', 'wss', 'chrome'];

/** Where the person came from, with what the app needs to go on: no token is among it. Absent: the page is a window of its own. */
export function returnAddress (given, { poll, oauthState }, status) {
  if (!given) return null;
  let scheme;
  try {
    scheme = new URL(given).protocol.slice(0, -1);
  } catch {
    throw new Problem('errorReturn');
  }
  if (closedSchemes.includes(scheme)) throw new Problem('errorReturn');
  const members = oauthState
    ? { state: oauthState, code: key, poll }
    : { prYvkey: key, prYvstatus: status, prYvpoll: poll };
  const query = Object.entries(members).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  if (/[?&#]$/.test(given)) return given + query;
  return `${given}${given.includes('?') ? '&' : '?'}${query}`;
}

/** Tells the server, then goes back to the app. */
export async function answerRequest (state) {
  const back = returnAddress(request.returnURL, request, state.status);
  await callForState(path(), { method: 'POST', body: state });
  if (back) {
    location.replace(back);
    return;
  }
  const accepted = state.status === 'ACCEPTED';
  showMessage(accepted ? 'acceptedTitle' : 'refusedTitle', accepted ? 'accepted' : 'refused', { app: appName() });
  window.close();
}

export const refuse = () => answerRequest({ status: 'REFUSED', reasonId: 'REFUSED_BY_USER', message: 'The user refused.' });

/** The user name of an e-mail address, as it is, or of itself. Throws ApiError 404 when nobody has the address. */
export async function usernameOf (nameOrEmail) {
  const given = nameOrEmail.trim();
  if (!given.includes('@')) return given.toLowerCase();
  return (await call(`reg/${encodeURIComponent(given)}/username`)).username;
}

/** What may be a user name goes into addresses; nothing else does. */
export const mayBeUsername = name => /^[a-z0-9][a-z0-9-]*$/.test(name);
