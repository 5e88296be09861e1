#!/usr/bin/env node
// Runs the curl lines of README.md against a server of its own, and sees that they do what README says.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, startServer } from './lib/server.mjs';

const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const block = /<!-- run by tests\/run-readme\.mjs -->\n```sh\n([\s\S]*?)```/.exec(readme)?.[1];
if (!block) throw new Error('README.md has no block marked as run by this test');

const server = await startServer();
const script = block.replaceAll('http://127.0.0.1:3000', server.url).replace(/^curl /gm, 'printf "\\n"; curl --fail-with-body ');
const run = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8', timeout: 60000 });
const end = await server.stop();

const answers = run.stdout.split('\n').filter(Boolean).map(line => {
  try { return JSON.parse(line); } catch { return { notJson: line }; }
});
const problems = [];
if (run.status !== 0) problems.push(`the script ended with status ${run.status}: ${run.stderr}`);
if (answers.length !== 4) problems.push(`${answers.length} answers instead of 4`);
if (answers[0]?.username !== 'alice') problems.push('registration did not answer with the user name');
if (answers[1]?.stream?.id !== 'diary') problems.push('no stream was created');
if (answers[2]?.event?.content !== 'Hello, pryvd') problems.push('no event was created');
if (!answers[3]?.events?.some(event => event.content === 'Hello, pryvd')) problems.push('the event was not read back');
if (end.code !== 0) problems.push(`the server ended with ${JSON.stringify(end)}`);
for (const problem of problems) console.error(problem);
if (problems.length) console.error(run.stdout, server.log());
process.exit(problems.length ? 1 : 0);
