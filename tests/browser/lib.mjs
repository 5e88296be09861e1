// What the browser's tests need besides the server: the browser, an app, a mail service.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const client = path.join(here, 'node_modules', 'pryv');

// ---- The browser ----------------------------------------------------------------------------------------

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** One browser for all tests, in a folder of its own; each test takes a context, which knows nothing of the others. */
export const startBrowser = () => chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });

const results = process.env.SCREENSHOTS ?? path.join(here, '../../build/results/pages');

export async function picture (page, name) {
  fs.mkdirSync(results, { recursive: true });
  await page.screenshot({ path: path.join(results, `${name}.png`), fullPage: true });
}

// ---- The app --------------------------------------------------------------------------------------------------

function filesBelow (folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}

/** The client as published, its modules in one script: what a bundler does, and no more. */
function bundle () {
  const files = [path.join(client, 'package.json'), ...filesBelow(path.join(client, 'src')).filter(file => file.endsWith('.js'))];
  const modules = files.map(file => {
    const source = fs.readFileSync(file, 'utf8');
    const body = file.endsWith('.json') ? `module.exports = ${source}` : source;
    return `${JSON.stringify('/' + path.relative(client, file))}: function (module, exports, require, global) {${body}\n}`;
  });
  return `(() => {
    const modules = {${modules.join(',\n')}};
    const loaded = {};
    function load (name) {
      const found = [name, name + '.js', name + '/index.js'].find(one => modules[one]);
      if (!found) throw new Error('no module ' + name);
      if (!loaded[found]) {
        const module = loaded[found] = { exports: {} };
        modules[found](module, module.exports, other => load(new URL(other, 'http://x' + found).pathname), window);
      }
      return loaded[found].exports;
    }
    window.pryv = load('/src/browser-index.js');
  })();`;
}

const APP = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Diary</title>
<body style="font-family: sans-serif"><h1>Diary</h1><p><span id="button"></span></p><p id="state"></p><script src="/pryv.js"></script><script src="/app.js"></script>`;

/** Query of the app's address: \`service\`, \`request\` (JSON over what it asks for). */
const SCRIPT = `
const query = new URLSearchParams(location.search);
window.states = [];
const settings = {
  spanButtonID: 'button',
  onStateChange: state => {
    states.push(state);
    document.getElementById('state').textContent = state.status;
  },
  authRequest: {
    requestingAppId: 'diary-app', languageCode: 'en',
    requestedPermissions: [{ streamId: 'diary', defaultName: 'Diary', level: 'manage' }],
    ...JSON.parse(query.get('request') ?? '{}')
  }
};
window.ready = pryv.Browser.setupAuth(settings, query.get('service'));
window.accepted = () => states.find(state => state.status === 'ACCEPTED');
`;

function listen (server) {
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

/** { url, address(request), close() } */
export async function startApp (service) {
  const files = { '/pryv.js': ['text/javascript', bundle()], '/app.js': ['text/javascript', SCRIPT], '/': ['text/html', APP] };
  const server = http.createServer((request, response) => {
    const [type, text] = files[new URL(request.url, 'http://x').pathname] ?? [];
    response.writeHead(text ? 200 : 404, { 'content-type': `${type ?? 'text/plain'}; charset=utf-8` });
    response.end(text ?? '');
  });
  const url = await listen(server);
  const address = (request = {}) => `${url}/?${new URLSearchParams({ service, request: JSON.stringify(request) })}`;
  return { url, address, close: () => { server.closeAllConnections(); server.close(); } };
}

// ---- The mail service ------------------------------------------------------------------------------------------

/** Takes what the server sends it: { url, mails, close() }. */
export async function startMailService () {
  const mails = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    mails.push({ path: request.url, ...JSON.parse(body) });
    response.end('{}');
  });
  const url = `${await listen(server)}/`;
  return { url, mails, close: () => { server.closeAllConnections(); server.close(); } };
}
