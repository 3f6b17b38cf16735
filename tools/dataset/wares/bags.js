// Handbags: a satchel with a flap, an open tote, a bowling bag, a bucket. Each adds its parts to a thing: body and trim.
import * as THREE from 'three';
import { ball, bezier, mix, ring, smooth, surface, swept, TAU } from './surfaces.js';

const V = (x, y, z) => new THREE.Vector3(x, y, z);

// sack is a bag's body: half-widths and half-depths by height (t from 0 to 1), squareness, the roundness of its edges, and whether it is open above.
function sack({ h, width, depth, power = 4, edge = 0.12, open = false }) {
  const at = (u, t, out = 0) => { // on the side
    const [x, z] = ring(u * TAU, width(t) + out, depth(t) + out, power);
    return V(x, h * t, z);
  };
  const skin = surface((u, v) => {
    const low = 0.12, high = open ? 1.01 : 0.88; // shares of v for the bottom and the top
    const cap = v < low ? 1 - v / low : v > high ? (v - high) / (1 - high) : 0;
    const t = v < low ? 0 : v > high ? 1 : (v - low) / (high - low);
    // The edges are quarter circles that end in flat caps.
    const side = mix(edge / h, open ? 1 : 1 - edge / h, t), a = Math.min(1, cap * 2) * Math.PI / 2, inner = Math.max(0, cap * 2 - 1);
    const shrink = (n) => Math.max(0, (n - edge + edge * Math.cos(a)) * (1 - inner));
    const [x, z] = ring(u * TAU, shrink(width(side)), shrink(depth(side)), power);
    return V(x, h * side + (v < low ? -1 : v > high ? 1 : 0) * edge * Math.sin(a), z);
  }, { columns: 96, rows: 72, around: true, texture: (u, v, p) => [p.x / (2 * width(0.5)) + 0.5, p.y / h] });
  return { skin, at };
}

// hoop is a handle over the top: from x = -half to half at depth z, from y to y + rise.
const hoop = (half, y, rise, z, thick, { flat = 0.7, lean = 0 } = {}) =>
  swept(bezier([-half, y, z], [-half * 1.05, y + rise * 1.33, z + lean], [half * 1.05, y + rise * 1.33, z + lean], [half, y, z]), () => thick, { flat, rows: 56 });

// patch is a piece on the front: from -half to half across, between heights low and high, with round lower corners.
function patch(front, half, low, high, { corner = 0.2, out = 0.035, grow = 0 } = {}) {
  return surface((u, v) => {
    const y = mix(low, high, v), e = Math.max(0, 1 - (y - low) / corner), w = half(y) - corner * (1 - Math.sqrt(Math.max(0, 1 - e * e)));
    const x = mix(-w, w, u), edge = Math.min(1, 12 * Math.min(u, 1 - u)) * Math.min(1, 12 * v);
    return V(x, y, front(x, y) + mix(0.004, out, edge) + grow * (1 - v));
  }, { columns: 36, rows: 28, texture: (u, v) => [u, v] });
}

// frontOf is where a sack's front is: its z at x and y.
const frontOf = ({ h, width, depth, power = 4 }) => (x, y) => {
  const t = Math.min(1, Math.max(0, y / h)), k = Math.min(0.999, Math.abs(x) / width(t));
  return depth(t) * (1 - k ** power) ** (1 / power);
};

function satchel(r, thing) {
  const h = r.in(0.95, 1.35), w = r.in(0.75, 1.0), narrow = r.in(0.82, 1.0), d = r.in(0.26, 0.4);
  const shape = { h, power: 5, edge: r.in(0.08, 0.16), width: (t) => w * mix(1, narrow, t), depth: (t) => d * mix(1, 0.72, t) };
  const s = sack(shape), front = frontOf(shape);
  thing.add('body', s.skin);
  const low = h * r.in(0.35, 0.6);
  thing.add('trim', patch(front, (y) => shape.width(y / h) * 0.93, low, h * 0.985, { corner: r.in(0.12, 0.4), out: 0.05 }));
  thing.add('body', ball(0.09, [0, low + 0.1, front(0, low) + 0.06], [1, r.in(0.7, 1.1), 0.5]));
  thing.add('trim', hoop(w * r.in(0.35, 0.55), h * 0.96, r.in(0.35, 0.65), 0, r.in(0.055, 0.085)));
}

function tote(r, thing) {
  const h = r.in(1.1, 1.5), w = r.in(0.68, 0.9), flare = r.in(1.0, 1.25), d = r.in(0.24, 0.36);
  const shape = { h, power: 4.5, edge: r.in(0.06, 0.12), open: true, width: (t) => w * mix(1, flare, t), depth: (t) => d * mix(1, 0.8, t) };
  const s = sack(shape), front = frontOf(shape);
  thing.add('body', s.skin);
  thing.add('trim', surface((u, v) => s.at(u, mix(0.99, 0.55, v), -0.03), { columns: 96, rows: 10, around: true })); // the lining
  const half = w * r.in(0.35, 0.5), rise = r.in(0.5, 0.85), thick = r.in(0.05, 0.075), z = shape.depth(1);
  for (const side of [1, -1]) {
    thing.add('trim', hoop(half, h * 0.93, rise, side * z * 0.97, thick, { lean: -side * z * 0.5 }));
    if (r() < 0.5) continue;
    for (const x of [half, -half]) thing.add('trim', ball(0.09, [x, h * 0.88, side * (front(x, h * 0.88) - 0.02)], [1, 1.1, 0.5]));
  }
  const high = r.in(0.25, 0.4);
  if (r() < 0.5) thing.add('trim', surface((u, v) => s.at(u, mix(0.09, high, v), 0.02), { columns: 96, rows: 8, around: true }));
}

function bowling(r, thing) {
  const h = r.in(0.95, 1.2), w = r.in(0.85, 1.05), d = r.in(0.32, 0.42), arch = r.in(0.35, 0.55);
  const shape = { h, power: 3, edge: 0.2, width: (t) => w * (1 - arch * smooth(t, 0.35, 1.15)), depth: (t) => d * (1 - 0.55 * smooth(t, 0.3, 1.1)) };
  const s = sack(shape), front = frontOf(shape);
  thing.add('body', s.skin);
  if (r() < 0.7) thing.add('trim', surface((u, v) => s.at(u, mix(0.16, 0.36, v), 0.018), { columns: 96, rows: 10, around: true }));
  else thing.add('trim', patch(front, () => w * 0.45, h * 0.22, h * 0.62, { corner: 0.2, out: 0.04 }));
  const half = w * r.in(0.32, 0.42), rise = r.in(0.4, 0.65), y = h * 0.82;
  for (const side of [1, -1]) thing.add('trim', hoop(half, y, rise, side * (front(half, y) + 0.02), r.in(0.05, 0.075), { lean: -side * 0.12 }));
}

function bucket(r, thing) {
  const h = r.in(1.15, 1.45), w = r.in(0.6, 0.75), flare = r.in(0.95, 1.15);
  const shape = { h, power: 2.2, edge: 0.12, open: true, width: (t) => w * mix(1, flare, t), depth: (t) => w * 0.8 * mix(1, flare, t) };
  const s = sack(shape);
  thing.add('body', s.skin);
  thing.add('trim', surface((u, v) => s.at(u, mix(0.99, 0.5, v), -0.03), { columns: 96, rows: 10, around: true }));
  thing.add('trim', surface((u, v) => s.at(u, mix(0.1, 0.25, v), 0.02), { columns: 96, rows: 8, around: true }));
  thing.add('trim', hoop(w * flare * 0.97, h * 0.9, r.in(0.6, 0.95), 0, r.in(0.05, 0.08), { flat: 0.6 }));
}

export const bags = { satchel, tote, bowling, bucket };
