// What every step of the pages does: show itself, speak the person's language, take a form, tell errors.
import { ApiError } from './api.js';
import { texts } from './texts.js';

export const params = new URLSearchParams(location.search);
export const find = (selector, root = document) => root.querySelector(selector);
export const slot = (section, name) => find(`#${section} [data-slot="${name}"]`);

// ---- Language --------------------------------------------------------------------------------------

const spoken = new Map(); // element -> [key, values]: what was said in words of our own, to say it again in another language
let language = [params.get('lang'), ...navigator.languages].map(code => code?.slice(0, 2).toLowerCase()).find(code => texts[code]) ?? 'en';

export const currentLanguage = () => language;

function written (value) {
  if (typeof value === 'function') return value();
  return value instanceof Date ? value.toLocaleDateString(language, { dateStyle: 'long' }) : String(value);
}

export function text (key, values = {}) {
  return texts[language][key].replace(/\{(\w+)\}/g, (_, name) => written(values[name]));
}

/** Puts a text into an element, and again when the language changes. */
export function say (element, key, values) {
  spoken.set(element, [key, values]);
  element.textContent = text(key, values);
}

function speak () {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', text(element.dataset.label));
  for (const [element, [key, values]] of spoken) {
    if (element.isConnected) element.textContent = text(key, values);
    else spoken.delete(element);
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    if (button.dataset.language === language) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
  for (const link of document.querySelectorAll('a[data-page]')) link.href = `${link.dataset.page}${addressParams()}`;
  setTitle();
}

/** The parameters of this page, for the next one: the request goes along, and the language as it is now. */
export function addressParams () {
  const next = new URLSearchParams(params);
  next.delete('resetToken');
  next.set('lang', language);
  return `?${next}`;
}

export function startSpeaking () {
  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => {
      language = button.dataset.language;
      speak();
    });
  }
  speak();
}

// ---- Sections -----------------------------------------------------------------------------------------

let serviceName = '';

export function setServiceName (name) {
  serviceName = name;
  find('#service').textContent = name;
  setTitle();
}

function setTitle () {
  const title = find('main > section:not([hidden]) h1')?.textContent ?? '';
  document.title = [title, serviceName].filter(Boolean).join(' · ');
}

/** One section at a time. What comes first in it is where the person goes on: an empty field, else the heading. */
export function show (id) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = section.id !== id;
  setTitle();
  const section = find(`#${id}`);
  const start = [...section.querySelectorAll('input')].find(input => !input.value && input.checkVisibility()) ?? find('h1', section);
  start?.focus();
}

/** The last word: title, text and maybe a link. */
export function showMessage (titleKey, textKey, values = {}, next) {
  say(slot('message', 'title'), titleKey);
  say(slot('message', 'text'), textKey, values);
  const place = slot('message', 'next');
  place.replaceChildren();
  place.hidden = !next;
  if (next) {
    const link = document.createElement('a');
    link.className = 'button';
    link.href = next.address;
    say(link, next.text);
    place.append(link);
  }
  show('message');
}

// ---- Errors ----------------------------------------------------------------------------------------------

/** Something to tell in words, beside a field of the form when it names one. */
export class Problem extends Error {
  constructor (key, { field, values } = {}) {
    super(key);
    this.key = key;
    this.field = field;
    this.values = values;
  }
}

/** What to tell of errors that no step expects. */
export function problemOf (error) {
  if (error instanceof Problem) return error;
  if (!(error instanceof ApiError)) {
    if (!(error instanceof TypeError)) console.error(error);
    return new Problem(error instanceof TypeError ? 'errorNetwork' : 'errorServer');
  }
  if (error.status === 429) return new Problem('errorTooMany', { values: { seconds: error.retryAfter } });
  if (error.id === 'invalid-access-token') return new Problem('errorSession');
  return new Problem('errorServer');
}

function describe (input, id, on) {
  const ids = new Set((input.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean));
  if (on) ids.add(id);
  else ids.delete(id);
  input.setAttribute('aria-describedby', [...ids].join(' '));
}

function setFieldError (input, problem) {
  const place = find('.error', input.closest('.field'));
  place.id ||= `${input.id}-error`;
  place.hidden = !problem;
  describe(input, place.id, Boolean(problem));
  input.toggleAttribute('aria-invalid', false);
  if (problem) {
    input.setAttribute('aria-invalid', 'true');
    say(place, problem.key, problem.values);
  }
}

/** Tells it where the person is looking: in the section's alert, which is read out. */
export function alertIn (section, problem) {
  const place = find('.alert', section);
  place.hidden = !problem;
  if (problem) say(place, problem.key, problem.values);
}

function fieldsOf (form) {
  return [...form.elements].filter(element => element.name && element.checkVisibility());
}

export function tell (form, problems) {
  const beside = problems.filter(problem => form.elements[problem.field]);
  for (const problem of beside) setFieldError(form.elements[problem.field], problem);
  const rest = problems.find(problem => !beside.includes(problem));
  alertIn(form, rest);
  const first = fieldsOf(form).find(field => field.hasAttribute('aria-invalid')) ?? fieldsOf(form).at(-1);
  first?.focus();
}

// ---- Forms ---------------------------------------------------------------------------------------------------

/** Runs `action` with buttons of the section switched off; what it throws, one problem or a list, is told by `onError`. */
export async function run (section, action, onError) {
  if (section.getAttribute('aria-busy') === 'true') return;
  const buttons = [...section.querySelectorAll('button')];
  section.setAttribute('aria-busy', 'true');
  for (const button of buttons) button.disabled = true;
  let problems;
  try {
    await action();
  } catch (error) {
    problems = (Array.isArray(error) ? error : [error]).map(problemOf);
  }
  section.setAttribute('aria-busy', 'false');
  for (const button of buttons) button.disabled = false;
  if (problems) onError(problems);
}

/** `action` gets the form's values, all required ones given. */
export function onSubmit (id, action) {
  const form = find(`#${id} form`);
  form.addEventListener('submit', event => {
    event.preventDefault();
    const fields = fieldsOf(form);
    for (const field of fields) setFieldError(field, null);
    alertIn(form, null);
    const missing = fields.filter(field => field.required && !field.value.trim());
    if (missing.length) return tell(form, missing.map(field => new Problem('errorMissing', { field: field.name })));
    const values = Object.fromEntries(fields.map(field => [field.name, field.value]));
    run(find(`#${id}`), () => action(values), problems => tell(form, problems));
  });
}

export function onAction (id, name, action) {
  for (const button of document.querySelectorAll(`#${id} [data-action="${name}"]`)) {
    button.addEventListener('click', () => run(find(`#${id}`), action, problems => alertIn(find(`#${id}`), problems[0])));
  }
}

export function startReveals () {
  for (const button of document.querySelectorAll('.reveal')) {
    const input = document.getElementById(button.getAttribute('aria-controls'));
    button.addEventListener('click', () => {
      const shown = input.type === 'password';
      input.type = shown ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(shown));
      button.dataset.text = shown ? 'hide' : 'show';
      button.textContent = text(button.dataset.text);
    });
  }
}

/** When a session ended meanwhile the person signs in again, and sees why. */
export async function orSignInAgain (action) {
  try {
    await action();
  } catch (error) {
    const problem = problemOf(error);
    if (problem.key !== 'errorSession') throw error;
    show('sign-in');
    alertIn(find('#sign-in'), problem);
  }
}

/** The service's rules for passwords, in words. */
export function sayPasswordRules (element, { minLength, minCategories }) {
  say(element, minCategories > 1 ? 'passwordRules' : 'passwordRule', { length: Math.max(6, minLength), categories: minCategories });
}
