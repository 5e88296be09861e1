// Sign-in: user name or e-mail, password, and the second step where the account has one.
import { callUser } from './api.js';
import { decide } from './consent.js';
import { find, onAction, onSubmit, orSignInAgain, Problem, say, show, slot } from './page.js';
import { appName, mayBeUsername, refuse, usernameOf } from './request.js';

const wrong = () => new Problem('errorCredentials');

function problemOfLogin (error) {
  if (error.data?.expiredTime) return new Problem('errorExpiredPassword');
  return error.status === 401 || error.status === 404 ? wrong() : error;
}

async function login ({ appId }, { username, password }) {
  try {
    const person = { username: await usernameOf(username) };
    if (!mayBeUsername(person.username)) throw wrong();
    const answer = await callUser(person, 'auth/login', { method: 'POST', body: { username: person.username, password, appId } });
    return { ...person, token: answer.token, mfaToken: answer.mfaToken };
  } catch (error) {
    throw problemOfLogin(error);
  }
}

let waiting = null; // who has given the password and not yet the code

async function verify ({ code }) {
  const { mfaToken, ...person } = waiting;
  try {
    const { token } = await callUser(person, 'mfa/verify', { method: 'POST', token: mfaToken, body: { code: code.trim() } });
    await decide({ ...person, token });
  } catch (error) {
    throw error.status === 400 ? new Problem('errorCode', { field: 'code' }) : error;
  }
}

async function sendAgain () {
  const { mfaToken, ...person } = waiting;
  await callUser(person, 'mfa/challenge', { method: 'POST', token: mfaToken, body: {} });
  const note = slot('code', 'sent');
  note.hidden = false;
  say(note, 'sentAgain');
}

export function startSignIn (settings) {
  say(slot('sign-in', 'app'), 'signInFor', { app: appName() });
  onSubmit('sign-in', async values => {
    const person = await login(settings, values);
    find('#sign-in-password').value = '';
    if (!person.mfaToken) return await decide(person);
    waiting = person;
    show('code');
  });
  onAction('sign-in', 'refuse', refuse);
  onSubmit('code', values => orSignInAgain(() => verify(values)));
  onAction('code', 'again', () => orSignInAgain(sendAgain));
  show('sign-in');
}
