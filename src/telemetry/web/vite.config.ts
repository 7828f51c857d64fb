import {defineConfig} from 'vite';

export default defineConfig({
  esbuild: {jsx: 'automatic', jsxImportSource: 'preact'},
  build: {
    target: 'es2020',
    // The policy of the page allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    reportCompressedSize: false,
  },
  // `npm run dev` beside a running isthmus.
  server: {proxy: {'/api': 'http://127.0.0.1:10176', '/plain': 'http://127.0.0.1:10176'}},
});
