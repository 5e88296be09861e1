// Which step the page begins with: what its name says.
import { loadService, loadSettings } from './api.js';
import { startConsent } from './consent.js';
import { find, problemOf, setServiceName, showMessage, startReveals, startSpeaking } from './page.js';
import { startRegister } from './register.js';
import { key, loadRequest } from './request.js';
import { startReset } from './reset-password.js';
import { startSignIn } from './sign-in.js';

/** Addresses that an operator wrote: of pages, and nothing else. */
function showLink (id, address) {
  const link = find(`#${id}`);
  if (!/^(https?:\/\/|mailto:)/i.test(address ?? '')) return;
  link.href = address;
  link.hidden = false;
}

async function start () {
  const [service, settings] = await Promise.all([loadService(), loadSettings()]);
  showLink('terms', service.terms);
  showLink('support', service.support);
  setServiceName(service.name);
  if (settings.registration === 'closed') find('a[data-page="register.html"]').hidden = true;

  const page = location.pathname.split('/').pop();
  if (page === 'reset-password.html') return startReset(settings);
  if (key && !await loadRequest()) return showMessage('overTitle', 'over');
  startConsent();
  if (page === 'register.html') return await startRegister(service, settings);
  if (!key) return showMessage('noRequestTitle', 'noRequest');
  startSignIn(settings);
}

startSpeaking();
startReveals();
start().catch(error => showMessage('brokenTitle', problemOf(error).key, problemOf(error).values));
