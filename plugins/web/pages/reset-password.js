// Password reset: asking for the link, and what the link leads to.
import { callUser } from './api.js';
import { addressParams, find, onSubmit, params, Problem, sayPasswordRules, show, showMessage, slot } from './page.js';
import { key, mayBeUsername, usernameOf } from './request.js';

const backToSignIn = () => key ? { address: `sign-in.html${addressParams()}`, text: 'signIn' } : undefined;

// ---- Asking ---------------------------------------------------------------------------------------------

/** The answer is the same whether there is such an account or not. */
async function requestReset ({ appId }, { username }) {
  try {
    const person = { username: await usernameOf(username) };
    if (mayBeUsername(person.username)) {
      await callUser(person, 'account/request-password-reset', { method: 'POST', body: { appId } });
    }
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  showMessage('linkSentTitle', 'linkSent', {}, backToSignIn());
}

function startAsking (settings) {
  if (!settings.passwordReset) return showMessage('forgotTitle', 'resetOff', {}, backToSignIn());
  find('#forgot a[data-page]').hidden = !key;
  onSubmit('forgot', values => requestReset(settings, values));
  show('forgot');
}

// ---- Setting ------------------------------------------------------------------------------------------------

const rules = () => slot('reset', 'rules').textContent;

function problemOfReset (error) {
  if (error.status === 404 || error.id === 'invalid-access-token') return new Problem('errorLink');
  if (error.id === 'invalid-parameters-format') return new Problem('errorPassword', { field: 'password', values: { rules } });
  if (error.id === 'invalid-operation') return new Problem('errorFormer', { field: 'password' });
  return error;
}

async function setPassword ({ appId }, resetToken, { username, password }) {
  try {
    const person = { username: await usernameOf(username) };
    if (!mayBeUsername(person.username)) throw new Problem('errorLink');
    await callUser(person, 'account/reset-password', { method: 'POST', body: { appId, resetToken, newPassword: password } });
  } catch (error) {
    throw problemOfReset(error);
  }
  showMessage('resetDoneTitle', 'resetDone', {}, backToSignIn());
}

/** The token leaves the address at once: it is not for the history, nor for who looks over a shoulder. */
function startSetting (settings, resetToken) {
  history.replaceState(null, '', `${location.pathname}${addressParams()}`);
  sayPasswordRules(slot('reset', 'rules'), settings.password);
  onSubmit('reset', values => setPassword(settings, resetToken, values));
  show('reset');
}

export function startReset (settings) {
  const resetToken = params.get('resetToken');
  if (resetToken) startSetting(settings, resetToken);
  else startAsking(settings);
}
