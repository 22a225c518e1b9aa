// Reads a print job from standard input, and writes its labels as PNG in base64, a line each.
// Arguments: width and height in mm, dots per mm.
const { readFileSync } = require("node:fs");
const { ready } = require("zpl-renderer-js");

const [width, height, dots] = process.argv.slice(2).map(Number);

ready.then(async ({ api }) => {
  const labels = await api.zplToBase64MultipleAsync(readFileSync(0, "utf8"), width, height, dots);
  process.stdout.write(labels.join("\n"), () => process.exit(0));
});
