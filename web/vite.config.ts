import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin, UserConfig } from 'vite';
import { defineConfig } from 'vitest/config';

// Five bundles of one source, each with fixed names, so that the committed files can be compared byte by byte.
//   lab       src/cutaway/lab/bundle       modules, loaded as they are needed; the font is a file
//   page      src/cutaway/report/bundle    one script and one sheet with the font inside, for a study that stands alone
//   audit     src/cutaway/report/bundle    the same for a report, which needs no study's picture
//   contest   src/cutaway/report/bundle    the same for a contest of tuners, which draws without Plot
//   notebook  src/cutaway/lab/bundle       one module for anywidget, its sheet confined to the widget
const MODES = {
  lab: { folder: '../src/cutaway/lab/bundle', format: 'es', base: '/bundle/', inline: 0 },
  page: { folder: '../src/cutaway/report/bundle', format: 'iife', base: './', inline: 200_000 },
  audit: { folder: '../src/cutaway/report/bundle', format: 'iife', base: './', inline: 200_000 },
  contest: { folder: '../src/cutaway/report/bundle', format: 'iife', base: './', inline: 200_000 },
  notebook: { folder: '../src/cutaway/lab/bundle', format: 'es', base: './', inline: 0 },
} as const;
type Mode = keyof typeof MODES;

/** In a notebook the sheet holds for the widget's element only; elsewhere for the document. */
function confined(): Plugin {
  return {
    name: 'confined-sheet',
    enforce: 'pre',
    load(id) {
      if (!/\/src\/styles\/(theme|base|controls|study)\.css$/.test(id)) return null;
      const sheet = readFileSync(id, 'utf-8').replace(/\bhtml\b|\bbody\b|:root\b/g, '&');
      return `.cutaway {\n${sheet}\n}`;
    },
  };
}

/** One script cannot load a part later, so that it takes all parts at once. */
function atOnce(): Plugin {
  return {
    name: 'at-once',
    enforce: 'pre',
    transform(code, id) {
      if (id.includes('/node_modules/') || !code.includes('import.meta.glob')) return null;
      return code.replace(/import\.meta\.glob(?:<[^(]*>)?\('([^']+)'\)/g, "import.meta.glob('$1', { eager: true })");
    },
  };
}

// Parts of Plot and of d3 that no picture here draws with: maps, dates, brushes, colour schemes, Plot's own legends and
// tips (the kit draws its own). They would be a third of each bundle.
const UNUSED = [
  ...[
    'brush',
    'contour',
    'dsv',
    'force',
    'geo',
    'hierarchy',
    'scale-chromatic',
    'time-format',
    'transition',
    'zoom',
  ].map((name) => `d3-${name}`),
  ...['legends', 'marks/tip', 'interactions/pointer'].map((name) => `@observablehq/plot/src/${name}.js`),
];
const INSTEAD: Record<string, string> = {
  createLegends: '() => []',
  exposeLegends: '() => () => undefined',
  geoTransform: '(one) => one',
};

function pruned(): Plugin {
  const kept = new RegExp(`/node_modules/(${UNUSED.join('|')})($|/src/index\\.js$|/dist/[\\w-]+\\.mjs$)`);
  return {
    name: 'pruned',
    enforce: 'pre',
    load(id) {
      const found = kept.exec(id);
      if (!found) return null;
      // Names in the file, or in what a package's index hands on.
      const folder = dirname(id);
      const read = (file: string): string[] => {
        const text = readFileSync(file, 'utf-8');
        const declared = [
          ...text.matchAll(/^export (?:default )?(?:async )?(?:function\*?|class|const|let|var) (\w+)/gm),
        ].map((one) => one[1]!);
        const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap((one) =>
          one[1]!.split(',').map((name) =>
            name
              .trim()
              .split(/\s+as\s+/)
              .pop()!,
          ),
        );
        return [...declared, ...listed].filter((name) => name && name !== 'default');
      };
      return read(resolve(folder, id))
        .map((name) => `export const ${name} = ${INSTEAD[name] ?? 'undefined'};`)
        .join('\n');
    },
  };
}

export default defineConfig(({ mode }): UserConfig => {
  const name: Mode = mode in MODES ? (mode as Mode) : 'lab';
  const { folder, format, base, inline } = MODES[name];
  const split = name === 'lab';
  return {
    base: mode === name ? base : '/',
    publicDir: false,
    plugins: [
      pruned(),
      svelte({ compilerOptions: { dev: false } }),
      ...(name === 'notebook' ? [confined()] : []),
      ...(split ? [] : [atOnce()]),
    ],
    build: {
      outDir: resolve(import.meta.dirname, folder),
      // Lab and page are built first and empty their folder; notebook, audit and contest are built into the same ones.
      emptyOutDir: name === 'lab' || name === 'page',
      assetsInlineLimit: inline,
      target: ['chrome120', 'firefox121', 'safari17.2'],
      cssCodeSplit: false,
      modulePreload: { polyfill: false },
      sourcemap: false,
      reportCompressedSize: false,
      rolldownOptions: {
        checks: { emptyImportMeta: false },
        input: { [name]: resolve(import.meta.dirname, `src/${name}/main.ts`) },
        preserveEntrySignatures: name === 'notebook' ? 'strict' : false,
        output: {
          format,
          name: format === 'iife' ? 'cutaway' : undefined,
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name].js',
          assetFileNames: (asset) => {
            const original = asset.originalFileNames[0] ?? asset.names[0] ?? '';
            return original.endsWith('.woff2') ? 'inter.woff2' : `${name}.css`;
          },
          codeSplitting: split ? undefined : false,
        },
      },
    },
    test: { include: ['tests/**/*.test.ts'], environment: 'node' },
  };
});
