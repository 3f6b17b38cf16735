// Things that are turned on a wheel: vases, mugs, teapots, bowls, bottles, jugs, hats. Each adds its parts to a thing: body and trim.
import * as THREE from 'three';
import { ball, bezier, clamp, mix, path, radiusAt, revolved, smooth, surface, swept, TAU } from './surfaces.js';

// ear is a handle at the side of a vessel with a profile: from height y1 down to y2, standing out by reach. side is 1 or -1.
function ear(profile, y1, y2, reach, thick, { side = 1, lift = 0.1, flat = 0.75 } = {}) {
  const r1 = radiusAt(profile, y1) - thick * 0.5, r2 = radiusAt(profile, y2) - thick * 0.5, far = Math.max(r1, r2) + reach * 1.33;
  const curve = bezier([side * r1, y1], [side * far, y1 + lift], [side * far, mix(y2, y1, 0.12) - lift * 0.5], [side * r2, y2]);
  return swept(curve, (t) => thick * (1 + 0.45 * (2 * t - 1) ** 4), { flat });
}

// walled adds a vessel's outside, and its inside as far as it can be seen: lined says of what.
function walled(thing, outside, { thick = 0.06, lined = 'trim', bend, depth = 0.85 } = {}) {
  const [lip, height] = outside.at(-1);
  const floor = height * (1 - depth);
  const inside = [[lip, height], [lip - thick * 0.5, height + thick * 0.35], [lip - thick, height]];
  for (let i = 1; i <= 6; i++) {
    const y = mix(height, floor, i / 6);
    inside.push([Math.max(0.02, (i === 6 ? 0.6 : 1) * radiusAt(outside, y) - thick), y]);
  }
  inside.push([0.001, floor]);
  thing.add('body', revolved(outside, { bend, rows: 72 }));
  thing.add(lined, revolved(inside, { bend, rows: 48 }));
}

// band is a strip around a profile, of trim, between two heights.
function band(thing, profile, low, high, bend) {
  const points = [];
  for (let i = 0; i <= 8; i++) {
    const y = mix(low, high, i / 8);
    points.push([radiusAt(profile, y) + 0.02 * Math.min(1, 8 * Math.min(i, 8 - i)), y]);
  }
  thing.add('trim', revolved(points, { rows: 10, bend }));
}

function vase(r, thing) {
  const h = r.in(1.5, 2.3), foot = r.in(0.3, 0.5), belly = r.in(0.55, 0.95), neck = r.in(0.18, 0.4), lip = neck + r.in(0.05, 0.3), at = r.in(0.3, 0.6);
  const profile = r.pick([
    () => [[0.001, 0], [foot * 0.9, 0], [foot, 0.04], [belly * 0.9, h * at * 0.6], [belly, h * at], [belly * 0.8, h * (at + 0.15)], [neck, h * 0.84], [neck, h * 0.9], [lip, h]],
    () => [[0.001, 0], [foot * 0.9, 0], [foot, 0.04], [belly * 0.75, h * 0.45], [belly, h * 0.72], [belly * 0.86, h * 0.87], [neck + 0.1, h * 0.95], [neck + 0.12, h]],
    () => [[0.001, 0], [foot * 0.85, 0], [foot * 0.9, 0.04], [foot * 0.95, h * 0.3], [foot * 1.05, h * 0.6], [foot * 1.3, h * 0.85], [foot * 1.75, h]],
    () => [[0.001, 0], [foot * 1.2, 0], [foot * 1.3, 0.05], [foot * 1.35, h * 0.3], [foot * 1.35, h * 0.75], [foot * 1.2, h * 0.88], [foot * 1.05, h * 0.94], [foot * 1.15, h]],
  ])();
  walled(thing, profile, { lined: 'body' });
  if (r() < 0.35) {
    for (const side of r() < 0.6 ? [1, -1] : [1]) {
      thing.add('trim', ear(profile, h * 0.9, h * r.in(0.5, 0.62), r.in(0.12, 0.3), r.in(0.06, 0.09), { side }));
    }
  } else if (r() < 0.6) {
    const low = r.pick([0.02, h * 0.4, h * 0.55]);
    band(thing, profile, low, low + r.in(0.12, 0.25));
  }
}

function mug(r, thing) {
  const h = r.in(0.95, 1.5), w = r.in(0.5, 0.72), lip = w * r.in(0.9, 1.15), belly = r.in(0.98, 1.12);
  const profile = [[0.001, 0], [w * 0.85, 0], [w * 0.97, 0.05], [w, 0.14], [mix(w, lip, 0.5) * belly, h * 0.5], [lip, h * 0.93], [lip, h]];
  walled(thing, profile, { thick: 0.07 });
  thing.add(r() < 0.7 ? 'body' : 'trim', ear(profile, h * r.in(0.76, 0.86), h * r.in(0.16, 0.3), r.in(0.3, 0.46), r.in(0.075, 0.11), { lift: 0.06 }));
  if (r() < 0.25) band(thing, profile, h * 0.05, h * r.in(0.18, 0.3));
}

function bowl(r, thing) {
  const h = r.in(0.55, 0.95), w = r.in(0.85, 1.15), foot = w * r.in(0.35, 0.5), flare = r.in(0, 0.14);
  const profile = [[0.001, 0], [foot * 0.95, 0], [foot, 0.03], [foot * 0.98, 0.1], [w * 0.72, h * 0.32], [w * 0.93, h * 0.66], [w + flare * 0.5, h * 0.93], [w + flare, h]];
  walled(thing, profile, { thick: 0.07, depth: 0.82 });
  if (r() < 0.3) for (const side of [1, -1]) thing.add('trim', ear(profile, h * 0.86, h * 0.52, r.in(0.12, 0.2), 0.07, { side }));
  else if (r() < 0.4) band(thing, profile, h * 0.62, h * 0.84);
}

function teapot(r, thing) {
  const h = r.in(1.05, 1.4), w = r.in(0.78, 1.0), mouth = r.in(0.3, 0.42), at = r.in(0.38, 0.5);
  const profile = [[0.001, 0], [w * 0.55, 0], [w * 0.62, 0.05], [w * 0.93, h * at * 0.55], [w, h * at], [w * 0.88, h * 0.76], [mouth + 0.08, h * 0.95], [mouth, h]];
  thing.add('body', revolved(profile, { rows: 64 }));
  const rise = r.in(0.12, 0.26), lid = [[mouth + 0.05, h * 0.985], [mouth + 0.04, h + 0.03], [mouth * 0.65, h + rise * 0.75], [0.09, h + rise], [0.001, h + rise]];
  thing.add(r() < 0.5 ? 'body' : 'trim', revolved(lid, { rows: 24 }));
  thing.add('trim', ball(r.in(0.09, 0.14), [0, h + rise + 0.08, 0], [1, r.in(0.8, 1.1), 1]));
  const low = h * 0.36, tip = h * r.in(0.92, 1.06), reach = w + r.in(0.5, 0.7);
  const spout = bezier([-w * 0.75, low], [-w * 1.35, low + 0.02], [-w * 1.15, tip - 0.12], [-reach, tip]);
  thing.add('body', swept(spout, (t) => mix(0.24, 0.085, t ** 0.7)));
  const thick = r.in(0.07, 0.1);
  if (r() < 0.75) thing.add('trim', ear(profile, h * 0.84, h * 0.25, r.in(0.42, 0.58), thick, { lift: 0.2 }));
  else {
    const top = h + rise + r.in(0.55, 0.75);
    thing.add('trim', swept(bezier([-w * 0.7, h * 0.84], [-w * 0.95, top * 1.12], [w * 0.95, top * 1.12], [w * 0.7, h * 0.84]), () => thick, { flat: 0.8 }));
  }
}

function bottle(r, thing) {
  const h = r.in(1.9, 2.4), w = r.in(0.4, 0.62), neck = w * r.in(0.3, 0.42), shoulder = r.in(0.52, 0.66);
  const profile = [[0.001, 0], [w * 0.88, 0], [w * 0.98, 0.05], [w, 0.15], [w, h * shoulder * 0.8], [w * 0.94, h * shoulder], [neck * 1.25, h * (shoulder + 0.16)], [neck, h * (shoulder + 0.22)],
    [neck, h * 0.97], [neck * 1.2, h * 0.975], [neck * 1.2, h]];
  thing.add('body', revolved(profile, { rows: 90 }));
  const cork = r.in(0.12, 0.22);
  if (r() < 0.75) thing.add('trim', revolved([[0.001, h - 0.02], [neck * 0.85, h - 0.02], [neck * 0.95, h + cork * 0.9], [neck * 0.85, h + cork], [0.001, h + cork]], { rows: 20 }));
  if (r() < 0.75) { // a label
    const low = h * r.in(0.1, 0.18), high = h * shoulder * r.in(0.75, 0.88), wide = r.pick([0.2, 0.25, 1]);
    if (wide === 1) band(thing, profile, low, high);
    else thing.add('trim', surface((u, v) => {
      const a = (u - 0.5) * wide * TAU, y = mix(low, high, v), d = radiusAt(profile, y) + 0.015;
      return new THREE.Vector3(d * Math.sin(a), y, d * Math.cos(a));
    }, { columns: 24, rows: 12 }));
  }
}

function jug(r, thing) {
  const h = r.in(1.4, 1.9), foot = r.in(0.38, 0.52), belly = r.in(0.62, 0.85), neck = belly * r.in(0.52, 0.7), lip = neck * r.in(1.1, 1.3), at = r.in(0.3, 0.45);
  const profile = [[0.001, 0], [foot * 0.9, 0], [foot, 0.05], [belly * 0.94, h * at * 0.6], [belly, h * at], [belly * 0.84, h * (at + 0.2)], [neck, h * 0.78], [neck * 1.02, h * 0.87], [lip, h]];
  const pull = r.in(0.25, 0.4);
  const bend = (p, a) => { // the spout, to the left
    const d = Math.abs(a - 1.5 * Math.PI);
    const k = smooth(p.y, h * 0.72, h) * Math.exp(-((d / 0.42) ** 2));
    return p.set(p.x - pull * k, p.y + pull * 0.35 * k, p.z * (1 - 0.25 * k));
  };
  walled(thing, profile, { lined: r() < 0.5 ? 'trim' : 'body', bend });
  thing.add(r() < 0.5 ? 'body' : 'trim', ear(profile, h * 0.9, h * r.in(0.3, 0.42), r.in(0.22, 0.4), r.in(0.07, 0.1), { lift: 0.16 }));
  if (r() < 0.4) band(thing, profile, 0.04, h * r.in(0.12, 0.2));
}

function hat(r, thing) {
  const brim = r.in(1.05, 1.4), h = r.in(0.55, 0.95), w = r.in(0.58, 0.7), top = r.in(0.72, 1.0), curl = r.in(0.02, 0.22), droop = r.in(0, 0.12), round = r() < 0.6;
  const bend = (p) => {
    const far = Math.max(0, (Math.hypot(p.x, p.z) - w) / (brim - w));
    const side = p.x / (Math.hypot(p.x, p.z) || 1);
    return p.set(p.x, p.y + clamp(far) ** 2 * (curl * side * side - droop * (1 - side * side)), p.z * 0.86);
  };
  const crown = round
    ? [[w + 0.02, 0.14], [w, 0.2], [w * 0.98, 0.14 + h * 0.45], [w * 0.8, 0.14 + h * 0.82], [w * 0.42, 0.14 + h * 0.97], [0.001, 0.14 + h]]
    : [[w + 0.02, 0.14], [w, 0.2], [w * top, 0.14 + h * 0.9], [w * top * 0.93, 0.14 + h * 0.985], [w * top * 0.6, 0.14 + h * 0.98], [0.001, 0.14 + h * 0.96]];
  thing.add('body', revolved([...[[brim * 0.98, 0.09], [brim, 0.11], [brim * 0.98, 0.13], [mix(w, brim, 0.5), 0.13]], ...crown], { bend, rows: 72 }));
  thing.add('body', revolved([[brim * 0.98, 0.09], [w, 0.08]], { bend, rows: 12 }));
  if (r() < 0.9) {
    const high = r.in(0.14, 0.24), points = [];
    for (let i = 0; i <= 10; i++) { const y = mix(0.16, 0.17 + high, i / 10); points.push([radiusAt(crown, y) + 0.03, y]); }
    thing.add('trim', revolved(points, { bend, rows: 12 }));
  }
}

export const vessels = { vase, mug, teapot, bowl, bottle, jug, hat };
