// Registration: what this service asks of a new account.
import { call } from './api.js';
import { decide } from './consent.js';
import { currentLanguage, find, onSubmit, params, Problem, say, sayPasswordRules, show, showMessage, slot } from './page.js';
import { mayBeUsername, request } from './request.js';

// ---- The form -------------------------------------------------------------------------------------------

const autocomplete = { email: 'email', phone: 'tel', 'phone-number': 'tel' };

function fieldOf ({ id, name, type }) {
  const field = document.createElement('div');
  const label = document.createElement('label');
  const input = document.createElement('input');
  const error = document.createElement('p');
  field.className = 'field';
  input.id = label.htmlFor = `register-field-${id}`;
  input.name = id;
  input.type = type?.startsWith('email/') ? 'email' : 'text';
  input.required = true;
  input.autocomplete = autocomplete[id] ?? 'off';
  if (id === 'email') say(label, 'email');
  else label.textContent = name ?? id;
  error.className = 'error';
  error.hidden = true;
  field.append(label, input, error);
  return field;
}

const nameOf = item => item.localizedName?.[currentLanguage()] ?? item.name;

/** [{ key, name }] of the hostings that take new accounts, with region and zone in the name. */
async function loadHostings () {
  const { regions } = await call('reg/hostings');
  const found = [];
  for (const region of Object.values(regions ?? {})) {
    for (const zone of Object.values(region.zones ?? {})) {
      for (const [key, hosting] of Object.entries(zone.hostings ?? {})) {
        if (hosting.available) found.push({ key, name: [nameOf(hosting), nameOf(zone), nameOf(region)].filter(Boolean).join(', ') });
      }
    }
  }
  return found;
}

async function offerHostings () {
  const hostings = await loadHostings().catch(() => []);
  slot('register', 'hosting').hidden = hostings.length < 2;
  find('#register-hosting').replaceChildren(...hostings.map(({ key, name }) => new Option(name, key)));
}

function offerInvitation ({ registration }) {
  const input = find('#register-invitation');
  const invited = registration === 'invited';
  slot('register', 'invitation').hidden = !invited;
  input.required = invited;
  input.value = params.get('invitationToken') ?? '';
}

// ---- The answer --------------------------------------------------------------------------------------------

const rules = () => slot('register', 'rules').textContent;

function problemOfField (name, code) {
  if (name === 'password') return new Problem('errorPassword', { field: name, values: { rules } });
  if (name === 'username') return new Problem('errorUsername', { field: name });
  return new Problem(/required/.test(code ?? '') ? 'errorMissing' : 'errorInvalid', { field: name });
}

function problemsOf (error) {
  if (error.id === 'item-already-exists') {
    return Object.keys(error.data ?? {}).map(field => new Problem(field === 'email' ? 'errorEmailTaken' : 'errorTaken', { field }));
  }
  if (error.id === 'invalid-operation') return [new Problem('errorInvitation', { field: 'invitationToken' })];
  if (error.id !== 'invalid-parameters-format' || !Array.isArray(error.data)) return [error];
  // A text alone is about the password's rules; else each complaint names its field.
  return error.data.map(one => typeof one === 'string' ? problemOfField('password') : problemOfField(one.param, one.code));
}

async function register ({ appId }, values) {
  const username = values.username.trim().toLowerCase();
  if (!mayBeUsername(username)) throw new Problem('errorUsername', { field: 'username' });
  const body = { appId, language: currentLanguage(), ...values, username };
  if (params.get('referer')) body.referer = params.get('referer');
  try {
    const answer = await call('users', { method: 'POST', body });
    return { username: answer.username, token: new URL(answer.apiEndpoint).username };
  } catch (error) {
    throw problemsOf(error);
  }
}

export async function startRegister (service, settings) {
  if (settings.registration === 'closed') return showMessage('closedTitle', 'closed');
  find('#register a[data-page]').hidden = !request;
  slot('register', 'fields').replaceChildren(...settings.fields.map(fieldOf));
  sayPasswordRules(slot('register', 'rules'), settings.password);
  if (service.terms) say(slot('register', 'terms'), 'termsAgree');
  offerInvitation(settings);
  await offerHostings();
  onSubmit('register', async values => {
    const person = await register(settings, values);
    if (request) return await decide(person);
    showMessage('registeredTitle', 'registered', { username: person.username });
  });
  show('register');
}
