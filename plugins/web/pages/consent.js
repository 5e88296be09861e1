// Consent: what the app asks for, in words, and the person's answer.
import { ApiError, apiEndpoint, callUser } from './api.js';
import { onAction, orSignInAgain, say, show, showMessage, slot } from './page.js';
import { answerRequest, appName, refuse, request } from './request.js';

const levels = { read: 'levelRead', 'create-only': 'levelCreateOnly', contribute: 'levelContribute', manage: 'levelManage', none: 'levelNone' };
const features = { selfRevoke: 'featureSelfRevoke', selfAudit: 'featureSelfAudit' };

// ---- In words --------------------------------------------------------------------------------------------

function sayName (element, permission) {
  if (permission.streamId === '*') {
    element.className = 'all';
    say(element, 'allData');
  } else if (permission.defaultName) {
    say(element, 'newStream', { name: permission.defaultName });
  } else {
    element.textContent = permission.name ?? permission.streamId;
  }
}

function streamItem (permission) {
  const item = document.createElement('li');
  const name = document.createElement('strong');
  const level = document.createElement('span');
  sayName(name, permission);
  if (levels[permission.level]) say(level, levels[permission.level]);
  else level.textContent = permission.level;
  item.append(name, ' ', level);
  return item;
}

function featureItem ({ feature, setting }) {
  const item = document.createElement('li');
  if (features[feature] && setting === 'forbidden') say(item, features[feature]);
  else say(item, 'featureOther', { feature, setting });
  return item;
}

/** Says it where there is something to say. */
function sayIf (given, name, key, values) {
  const place = slot('consent', name);
  place.hidden = !given;
  if (given) say(place, key, values);
}

/** The app's own words about what it asks for, by the convention of Pryv's apps: an event of a text type in the client data. */
function sayDescription (app) {
  const described = request.clientData?.['app-web-auth:description'];
  const words = ['note/txt', 'note/md'].includes(described?.type) && typeof described.content === 'string' ? described.content : '';
  slot('consent', 'says').hidden = !words;
  say(slot('consent', 'saysWho'), 'consentSays', { app });
  slot('consent', 'saysWhat').textContent = words;
}

function render (person, { checkedPermissions, mismatchingAccess }) {
  const app = appName();
  const entries = checkedPermissions.filter(Boolean);
  say(slot('consent', 'asks'), entries.length ? 'consentAsks' : 'consentNothing', { app });
  sayIf(mismatchingAccess, 'changed', 'consentChanged', { app });
  slot('consent', 'permissions').replaceChildren(...entries.map(entry => entry.feature ? featureItem(entry) : streamItem(entry)));
  sayDescription(app);
  sayIf(request.deviceName, 'device', 'consentDevice', { device: request.deviceName });
  sayIf(typeof request.expireAfter === 'number', 'until', 'consentUntil', { date: new Date(Date.now() + request.expireAfter * 1000) });
  say(slot('consent', 'who'), 'signedInAs', { username: person.username });
}

// ---- The access --------------------------------------------------------------------------------------------

/** What the request says beside the permissions, where it says it. */
function given (...names) {
  return Object.fromEntries(names.filter(name => request[name] != null).map(name => [name, request[name]]));
}

async function create (person, permissions) {
  const body = { name: request.requestingAppId, type: 'app', permissions, ...given('deviceName', 'clientData', 'expireAfter') };
  return (await callUser(person, 'accesses', { method: 'POST', body })).access;
}

/** Making an access makes the streams that it names; changing one does not. */
async function createStreams (person, permissions) {
  for (const { streamId: id, defaultName: name } of permissions) {
    if (id && id !== '*' && name) await callUser(person, 'streams', { method: 'POST', body: { id, name } });
  }
}

/** Client data is merged: what is not asked for any more goes by being null. */
function clientDataChange (old) {
  if (!old && request.clientData == null) return {};
  const gone = Object.fromEntries(Object.keys(old ?? {}).map(name => [name, null]));
  return { clientData: { ...gone, ...request.clientData } };
}

async function update (person, access, permissions) {
  await createStreams(person, permissions);
  const end = request.expireAfter == null ? { expires: null } : { expireAfter: request.expireAfter };
  const stored = permissions.map(({ streamId, level, feature, setting }) => feature ? { feature, setting } : { streamId, level });
  const body = { permissions: stored, ...end, ...clientDataChange(access.clientData) };
  return (await callUser(person, `accesses/${encodeURIComponent(access.id)}`, { method: 'PUT', body })).access;
}

/** The personal token has done its work. Should it not be possible to end it, it ends by itself. */
const signOut = person => callUser(person, 'auth/logout', { method: 'POST', body: {} }).catch(() => {});

async function handOver (person, { token }) {
  await signOut(person);
  await answerRequest({ status: 'ACCEPTED', username: person.username, token, apiEndpoint: apiEndpoint(person, token) });
}

// ---- The steps ------------------------------------------------------------------------------------------------

let person = null;
let checked = null;

async function check () {
  try {
    return await callUser(person, 'accesses/check-app', {
      method: 'POST',
      body: { requestingAppId: request.requestingAppId, requestedPermissions: request.requestedPermissions, ...given('deviceName', 'clientData') }
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error;
    await signOut(person);
    await answerRequest({ status: 'ERROR', reasonId: error.id, message: error.message });
    return null;
  }
}

/** Somebody has signed in: an access that is there is used, any other needs a word. */
export async function decide (signedIn) {
  person = signedIn;
  checked = await check();
  if (!checked) return showMessage('brokenTitle', 'errorInvalid');
  if (checked.matchingAccess) return await handOver(person, checked.matchingAccess);
  render(person, checked);
  show('consent');
}

function makeAccess () {
  const { mismatchingAccess, checkedPermissions } = checked;
  return mismatchingAccess ? update(person, mismatchingAccess, checkedPermissions.filter(Boolean)) : create(person, checkedPermissions);
}

/** What was decided about may have changed in another window: then it is looked at, and decided about, again. */
async function accept () {
  let access;
  try {
    access = await makeAccess();
  } catch (error) {
    if (error.status !== 409) throw error;
    return await decide(person);
  }
  await handOver(person, access);
}

async function refuseSignedIn () {
  await signOut(person);
  await refuse();
}

export function startConsent () {
  onAction('consent', 'accept', () => orSignInAgain(accept));
  onAction('consent', 'refuse', refuseSignedIn);
}
