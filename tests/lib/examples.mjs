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

/** The data stores `shelf`, `broken` and `angry` (tests/lib/stores) as a plugin; answers the path of test-stores.so. */
export function buildTestStores () {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-stores-'));
  process.once('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
  const sources = path.join(root, 'tests/lib/stores');
  const sanitize = /san-([a-z-]+)$/.exec(build)?.[1].replaceAll('-', ',');
  execFileSync('cc', ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-fPIC', '-fvisibility=hidden', '-shared', '-g', ...(sanitize ? [`-fsanitize=${sanitize}`] : []),
    `-DSHELF_FILE="${path.join(sources, 'shelf.json')}"`, `-I${path.join(root, 'sdk/include')}`, '-o', path.join(dir, 'test-stores.so'), ...['test_stores.c', 'echo_store.c'].map(name => path.join(sources, name)),
    `-L${build}`, '-lpryvd', '-ljansson'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path.join(dir, 'test-stores.so');
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
