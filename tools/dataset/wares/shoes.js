// Shoes: a sneaker, a boot, a pump. The upper is rings from the sole up: each goes from a point of the heel's line to one of the toe's and instep's line.
// x goes from the heel (0) to the toe, z across. Each adds its parts to a thing: body (the upper) and trim (sole, laces, caps).
import * as THREE from 'three';
import { clamp, mix, path, smooth, surface, swept, TAU } from './surfaces.js';

const L = 2; // a foot's length
const V = (x, y, z) => new THREE.Vector3(x, y, z);

// last is the form that a shoe is made on. front and back are lines of [x, y]; width(t) is the half-width of ring t of 0 to 1; heel lifts the foot;
// pointed narrows the toe, from 0 to 1; spring lifts the toe's tip; sole is the thickness of what is below.
function last({ front, back, width, heel = 0, pointed = 0, spring = 0.04, sole = 0.06, dip = 0 }) {
  const F = path(front), B = path(back);
  const lift = (x, y) => {
    const stiff = mix(clamp(x / L), 0.2, smooth(y, 0.45, 0.85)); // a shaft keeps its form
    return heel * smooth(0.68 - stiff, 0, 0.5) + spring * smooth(stiff, 0.8, 1) ** 2;
  };
  const place = (x, y, z) => V(x, y + lift(x, y) + sole, z);
  // at is the point of ring t at angle a: 0 is the toe's side, π the heel's. out is how far it stands off.
  const at = (a, t, out = 0) => {
    const f = F(t), b = B(t), c = Math.cos(a), s = 0.5 + 0.5 * c, w = width(t) + out;
    const x = mix(b.x - out, f.x + out, s);
    const tip = 1 - pointed * smooth(x / L, 0.62, 1.02) * 0.75;
    const waist = 1 - 0.16 * Math.exp(-(((x / L - 0.38) / 0.16) ** 2)) * (1 - smooth(t, 0, 0.5));
    const narrow = mix(0.8, 1, smooth(x / L, 0.2, 0.65));
    const z = Math.sign(Math.sin(a)) * Math.abs(Math.sin(a)) ** 0.85 * w * tip * waist * mix(narrow, 1, smooth(t, 0.5, 1));
    const y = mix(b.y, f.y, s) - dip * smooth(t, 0.6, 1) * Math.sin(a) ** 2;
    return place(x, y, z);
  };
  return { at, place, lift, heel, sole };
}

const upper = (form) => surface((u, v) => form.at(u * TAU, v), { columns: 80, rows: 64, around: true, texture: (u, v, p) => [p.x / L, p.y / 1.2] });

// lining is what one sees in the opening.
const lining = (form, deep, out = -0.04) => surface((u, v) => {
  const p = form.at(u * TAU, 1 - v * deep, out * Math.min(1, v * 6));
  return p;
}, { columns: 80, rows: 16, around: true });

// tread is the sole under a form: its edge stands out by wide.
const tread = (form, { wide = 0.03, low = (x) => form.lift(x, 0) } = {}) => surface((u, v) => {
  const a = u * TAU;
  const rows = [[0.9, 0.05], [1, 0.05], [1.03, 0.5], [1, 0.97], [0.96, 1], [0, 1]], k = Math.min(v * 5, 4.999), i = Math.floor(k), q = k - i;
  const scale = mix(rows[i][0], rows[i + 1][0], q), down = mix(rows[i][1], rows[i + 1][1], q);
  const p = form.at(a, 0, wide), mid = V(L / 2, 0, 0);
  const x = mix(mid.x, p.x, scale), top = form.lift(x, 0) + form.sole + 0.03, bottom = low(x);
  return V(x, mix(top, bottom, down), p.z * scale);
}, { columns: 80, rows: 30, around: true });

// stack is a heel's block: [from, to] in shares of the length at its top and at the ground, and its half-widths there.
const stack = (form, [b1, f1], [b0, f0], w1, w0) => surface((u, v) => {
  const a = u * TAU, curve = v ** 0.7, b = mix(b1, b0, curve) * L, f = mix(f1, f0, curve) * L, w = mix(w1, w0, curve), cap = v > 0.96 ? (1 - v) / 0.04 : 1;
  const x = (b + f) / 2 + (f - b) / 2 * Math.cos(a) * cap, top = form.lift(x, 0) + 0.02;
  return V(x, v > 0.96 ? 0 : mix(top, 0, v / 0.96), w * Math.sin(a) * cap);
}, { columns: 40, rows: 40, around: true });

// cover is a piece on the upper: from angle a0 to a1 and from ring t0 to t1, the sides round.
const cover = (form, a0, a1, t0, t1, out = 0.022) => surface((u, v) => {
  const edge = Math.min(1, 14 * Math.min(u, 1 - u)) * Math.min(1, 14 * Math.min(v, 1 - v));
  return form.at(mix(a0, a1, u), mix(t0, t1, v), out * edge + 0.002);
}, { columns: 40, rows: 24 });

// lace is a string across the instep at ring t, to both sides by an angle; slant moves its ends along the rings.
function lace(form, t, angle, thick, slant = 0) {
  return swept((k) => { const a = (k - 0.5) * 2 * angle; return form.at(a, clamp(t + slant * (k - 0.5)), 0.025); }, () => thick, { flat: 0.7, across: V(1, 0.4, 0), rows: 24 });
}

function sneaker(r, thing) {
  const toe = r.in(0.34, 0.42), high = r() < 0.3, top = high ? r.in(0.95, 1.15) : r.in(0.66, 0.76), sole = r.in(0.16, 0.24), throat = r.in(0.6, 0.66);
  const form = last({
    front: [[L, 0.02], [L * 1.0, toe * 0.45], [L * 0.955, toe * 0.86], [L * 0.87, toe * 1.08], [L * throat, 0.56], ...(high ? [[L * 0.5, 0.74]] : []), [L * (high ? 0.46 : 0.5), top - (high ? 0.02 : -0.02)]],
    back: [[0.05, 0.02], [0.0, 0.16], [0.03, 0.4], [high ? 0.08 : 0.05, top]],
    width: (t) => mix(mix(0.37, 0.39, smooth(t, 0, 0.2)), high ? 0.27 : 0.25, smooth(t, 0.25, 0.95)),
    sole, spring: 0.05, dip: high ? 0.02 : 0.14,
  });
  thing.add('body', upper(form));
  thing.add('trim', lining(form, 0.3));
  thing.add('trim', tread(form, { wide: 0.045, low: (x) => 0.05 * smooth(x / L, 0.8, 1) ** 2 }));
  if (r() < 0.5) thing.add('trim', cover(form, -0.75, 0.75, 0.0, 0.3)); // a toe cap
  const n = r.pick([3, 4, 4, 5]), t0 = high ? 0.52 : 0.6, t1 = high ? 0.86 : 0.92;
  for (let i = 0; i < n; i++) thing.add('trim', lace(form, mix(t0, t1, i / (n - 1)), mix(0.6, 0.85, i / n), 0.035, 0));
  if (r() < 0.4) thing.add('trim', cover(form, Math.PI - 0.6, Math.PI + 0.6, 0.05, 0.98)); // the heel's
  if (r() < 0.35) for (const s of [1, -1]) thing.add('trim', cover(form, s * 1.35, s * 1.75, 0.02, 0.9));
}

function boot(r, thing) {
  const toe = r.in(0.36, 0.44), top = r.pick([r.in(1.25, 1.5), r.in(1.5, 2.1)]), shaft = r.in(0.27, 0.36), heel = r() < 0.35 ? r.in(0.25, 0.45) : r.in(0.08, 0.14), block = r.in(0.3, 0.36);
  const leg = r.in(0.24, 0.29), flare = r.in(1, 1.2);
  const form = last({
    front: [[L, 0.02], [L * 1.0, toe * 0.5], [L * 0.955, toe * 0.88], [L * 0.86, toe * 1.1], [L * 0.66, 0.6], [L * 0.52, 0.8], [L * 0.46, 1.02], [L * (0.12 + shaft), top]],
    back: [[0.05, 0.02], [0.0, 0.18], [0.06, 0.5], [0.1, 0.8], [0.06, top]],
    width: (t) => mix(mix(0.36, 0.38, smooth(t, 0, 0.15)), leg, smooth(t, 0.2, 0.6)) * mix(1, flare, smooth(t, 0.6, 1)),
    heel, pointed: r() < 0.3 ? r.in(0.3, 0.6) : 0, sole: 0.08, spring: 0.03,
  });
  thing.add('body', upper(form));
  thing.add('trim', lining(form, 0.12));
  thing.add('trim', tread(form, { wide: 0.035 }));
  thing.add('trim', stack(form, [0.02, block], [0.02, block - (heel > 0.2 ? 0.06 : 0.02)], 0.31, 0.3));
  const how = r();
  if (how < 0.35) thing.add('trim', surface((u, v) => form.at(u * TAU, mix(0.86, 1.0, v), 0.045), { columns: 80, rows: 10, around: true })); // a cuff
  else if (how < 0.6) for (let i = 0; i < 4; i++) thing.add('trim', lace(form, mix(0.5, 0.82, i / 3), 0.8, 0.035));
  else if (how < 0.75) thing.add('trim', surface((u, v) => form.at(u * TAU, mix(0.56, 0.62, v), 0.035), { columns: 80, rows: 8, around: true })); // a strap
  else if (how < 0.9) for (const s of [1, -1]) thing.add('trim', cover(form, s * 1.2, s * 2.0, 0.62, 0.97)); // elastic
}

function pump(r, thing) {
  const heel = r.pick([0.12, r.in(0.4, 0.6), r.in(0.6, 0.85)]), toe = r.in(0.24, 0.3), throat = r.in(0.66, 0.74), pointed = r.in(0.25, 0.9), back = r.in(0.5, 0.58);
  const form = last({
    front: [[L * 1.02, 0.02], [L * 1.01, toe * 0.5], [L * 0.95, toe * 0.85], [L * 0.86, toe * 1.05], [L * throat, 0.36]],
    back: [[0.05, 0.02], [0.0, 0.16], [0.04, 0.36], [0.07, back]],
    width: (t) => mix(mix(0.33, 0.36, smooth(t, 0, 0.3)), 0.27, smooth(t, 0.3, 1)),
    heel, pointed, sole: 0.05, spring: 0.02, dip: r.in(0.08, 0.16),
  });
  thing.add('body', upper(form));
  thing.add('trim', lining(form, 0.8));
  thing.add('trim', tread(form, { wide: 0.02 }));
  if (heel > 0.3) {
    const thin = r() < 0.5;
    thing.add('trim', stack(form, [0.02, 0.27], thin ? [0.05, 0.1] : [0.04, 0.2], 0.24, thin ? 0.06 : 0.2));
  } else thing.add('trim', stack(form, [0.02, 0.28], [0.02, 0.26], 0.26, 0.25));
  const how = r();
  if (how < 0.25) { // a bow, or a buckle
    const p = form.at(0, 0.93, 0.05);
    for (const s of [1, -1]) { const b = new THREE.SphereGeometry(0.11, 20, 14); b.scale(0.8, 0.6, 1.25); b.translate(p.x, p.y, s * 0.13); thing.add('trim', b); }
  } else if (how < 0.45) { // a strap over the instep
    const a = form.at(1.9, 1), b = form.at(-1.9, 1), high = a.y + 0.22;
    thing.add('trim', swept((k) => V(mix(a.x, b.x, k) + 0.12 * Math.sin(k * Math.PI), mix(a.y, high, Math.sin(k * Math.PI)), mix(a.z, b.z, k)), () => 0.055, { flat: 0.45, across: V(1, 0, 0), rows: 32 }));
  } else if (how < 0.65) thing.add('trim', cover(form, -0.62, 0.62, 0.0, 0.5)); // a toe cap
}

// shown turns a shoe to be seen from the side, the toe to the right or to the left, a little from the front.
const shown = (make) => (r, thing) => {
  make(r, thing);
  thing.yaw = (r() < 0.5 ? 0 : Math.PI) + r.in(-0.62, 0.12);
};

export const shoes = { sneaker: shown(sneaker), boot: shown(boot), pump: shown(pump) };
