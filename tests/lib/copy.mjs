// Runs pryvctl storage copy on a data folder, and says what its report must be.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { endsWithTests, pryvd } from './server.mjs';

const program = path.join(path.dirname(pryvd), 'pryvctl');

/** Settings of the source as arguments before --from, and those of the target behind --to. */
export const before = settings => Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
export const setting = (key, value) => ['--to-set', `${key}=${value}`];
export const behind = settings => Object.entries(settings).flatMap(([key, value]) => setting(key, value));

/** Where SQLite keeps what is copied to it: in a folder of that name. */
export const sqliteSettings = (folder, name) => ({ 'storages.engines.sqlite.path': path.join(folder, name, 'users'), 'storages.engines.sqlite.platformFile': path.join(folder, name, 'platform.db') });

/** Copies of the users of one data folder. Arguments are settings of both, `--from` with an engine, and what follows. */
export function copies (dataDir) {
  const command = args => {
    const at = args.findIndex(argument => argument === '--from');
    return ['--data-dir', dataDir, ...args.slice(0, at), 'storage', 'copy', ...args.slice(at)];
  };

  function copy (args, input = '') {
    const run = spawnSync(program, command(args), { encoding: 'utf8', input, timeout: 120000 });
    return { status: run.status, out: run.stdout, err: run.stderr };
  }

  return {
    copy,
    /** With --json, and the expected status; answers the report. */
    report (status, args) {
      const run = copy([...args, '--json']);
      assert.equal(run.status, status, run.err + run.out);
      return JSON.parse(run.out);
    },
    /** Begins one. Answers { child, ended, said() }: `ended` gives its status, or the signal that ended it; said() what it told so far. */
    start (args) {
      const child = endsWithTests(spawn(program, command(args), { stdio: ['ignore', 'ignore', 'pipe'] }));
      let said = '';
      child.stderr.setEncoding('utf8').on('data', text => { said += text; });
      return { child, ended: new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code))), said: () => said };
    },
    /** Another command of pryvctl on the same data. */
    other: (args, input) => spawnSync(program, ['--data-dir', dataDir, ...args], { input, encoding: 'utf8' })
  };
}

export function isWhole (found, users) {
  assert.equal(found.ok, true);
  assert.deepEqual(found.differences, []);
  for (const [kind, { source, target, different, damaged }] of Object.entries(found.kinds)) assert.deepEqual([kind, target, different, damaged], [kind, source, 0, 0]);
  assert.equal(found.users.copied + found.users.thereAlready, users);
}
