// Cuts Be Vietnam Pro down to the letters that Vietnamese and English are written with, for the
// public page. What else somebody may have typed is drawn in the phone's own letters.
//
//     node letters.mjs ../../scanner_page/static/fonts
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const require = createRequire(import.meta.url);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));
const KEPT = {
  latin: [...range(0x20, 0x7e), ..."\u00a0\u00b0\u00b1\u00b2\u00b3\u00b7\u00bd×÷«»",
    ..."ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý–—‘’“”…•−"].join(""),
  vietnamese: [..."ĂăĐđĨĩŨũƠơƯư₫", ...range(0x1ea0, 0x1ef9)].join(""),
};

for (const weight of [400, 600])
  for (const [part, letters] of Object.entries(KEPT)) {
    const file = require.resolve(`@fontsource/be-vietnam-pro/files/be-vietnam-pro-${part}-${weight}-normal.woff2`);
    const cut = await subsetFont(readFileSync(file), letters, { targetFormat: "woff2" });
    writeFileSync(`${process.argv[2]}/page-${part}-${weight}.woff2`, cut);
  }
