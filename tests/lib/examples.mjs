// The examples of the SDK as plugins of a server under test, built against this checkout.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pryvd, root } from './server.mjs';

const build = path.dirname(pryvd);

/** Build sdk/examples/NAME away from the sources; answers the path of NAME.so. */
export function buildExample (name) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `pryvd-${name}-`));
  process.once('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
  fs.cpSync(path.join(root, 'sdk/examples', name), dir, { recursive: true });
  const sanitize = /san-([a-z-]+)$/.exec(build)?.[1].replaceAll('-', ',');
  execFileSync('make', ['-s', '-C', dir,
    `SDK_CFLAGS=-I${path.join(root, 'sdk/include')}`,
    `SDK_LIBS=-L${build} -lpryvd -ljansson`,
    ...(sanitize ? [`CFLAGS=-O1 -g -fsanitize=${sanitize}`, `LDFLAGS=-fsanitize=${sanitize} -Wl,-z,undefs`] : [])
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path.join(dir, name + '.so');
}

/** A folder of the server's own plugins and these. The caller removes it. */
export function pluginDirWith (...files) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-plugins-'));
  const own = path.join(build, 'plugins');
  for (const file of [...fs.readdirSync(own).filter(name => name.endsWith('.so')).map(name => path.join(own, name)), ...files]) {
    fs.copyFileSync(file, path.join(dir, path.basename(file)));
  }
  return dir;
}
